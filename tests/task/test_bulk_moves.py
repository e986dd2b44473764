"""Many tasks that go to another project by one query: wholes with their parts, in the order in which they were made."""

from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import NewTaskOf, World
from .working import ask, change, counts, failures, work

Thing = dict[str, Any]


@pytest.fixture
async def elsewhere(world: World) -> str:
    """Another project, in which Ann may do what she may in the first."""
    await world.grant(world.ann, world.hidden_project_id, "member")
    return world.hidden_project_id


async def read(client: httpx.AsyncClient, task: Thing) -> Thing:
    found: Thing = (await client.get(f"/tasks/{task['id']}")).json()
    return found


async def test_wholes_go_with_their_parts(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str
) -> None:
    part, other, whole = [await new_task(title=title) for title in ("Part of it", "Other", "Whole of it")]
    leaf = await new_task(title="Leaf of it", parent_id=part["id"])
    beside = await new_task(title="Beside", parent_id=whole["id"])
    (await ann.patch(f"/tasks/{part['id']}", json={"parent_id": whole["id"]})).raise_for_status()
    left = await new_task(title="Left alone")
    wish = 'title ~ "it" or title = "Other"'
    job = await change(ann, world, {"op": "move", "project_id": elsewhere}, wish)

    assert (job["state"], counts(job)) == ("done", (2, 2, 0, 0))
    found = [await read(ann, task) for task in (other, whole, part, leaf, beside)]
    assert {task["project_id"] for task in found} == {elsewhere}
    assert [task["parent_id"] for task in found] == [None, None, whole["id"], part["id"], whole["id"]]
    assert (found[0]["key"], sorted(task["number"] for task in found)) == ("HID-1", [1, 2, 3, 4, 5])
    assert (await read(ann, left))["project_id"] == world.project_id
    assert [kind for kind, _, _ in await world.events_of(leaf["id"])][1:] == ["task.departed.v1", "task.arrived.v1"]
    again = await change(ann, world, {"op": "move", "project_id": elsewhere}, wish)
    assert counts(again) == (2, 0, 2, 0)


async def test_a_whole_that_is_refused_keeps_its_parts(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.relocations.MOST_PARTS", 1)
    whole, alone = await new_task(), await new_task()
    part = await new_task(parent_id=whole["id"])
    job = await change(ann, world, {"op": "move", "project_id": elsewhere})
    assert (counts(job), await failures(ann, job)) == ((2, 1, 0, 1), [(whole["id"], "too_many_tasks")])
    kept = await read(ann, part)
    assert (kept["project_id"], kept["parent_id"]) == (world.project_id, whole["id"])
    assert (await read(ann, alone))["project_id"] == elsewhere


async def test_each_goes_by_the_rules_of_a_single_move(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str
) -> None:
    task = await new_task()
    await world.grant(world.vera, elsewhere, "member")
    for client, project_id, code in (
        (vera, elsewhere, "permission_denied"),
        (ann, new_id(), "project_not_found"),
    ):
        job = await change(client, world, {"op": "move", "project_id": project_id})
        assert await failures(client, job) == [(task["id"], code)]
    gone = await ask(ann, world, {"op": "move", "project_id": elsewhere})
    await ann.delete(f"/tasks/{task['id']}")
    await work(world.task)
    assert [one[1] for one in await failures(ann, gone.json())] == ["task_not_found"]
    for wrong in ({"op": "move"}, {"op": "move", "project_id": "x"}, {"op": "move", "project_id": None}):
        assert (await ask(ann, world, wrong)).status_code == 422


async def test_parts_count_among_those_that_are_too_many(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await new_task()
    await new_task(parent_id=whole["id"])
    monkeypatch.setattr("taskyard.task.actions.bulk.MOST_TASKS", 1)
    refused = await ask(ann, world, {"op": "move", "project_id": elsewhere})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_tasks")
