"""Undoing what a change of many did: at once while it is few, by a job when it is many."""

from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.actions.long_reverts import create_revert
from taskyard.task.errors import ChangeNotFound

from .conftest import As, NewTaskOf, World
from .working import LOW, RequestOf, ask, change, counts, failures, read_job, request_of, work

__all__ = ["request_of"]
REVERT = "/changes/revert"
DONE = {"op": "update", "patch": {"priority": "high", "status": "done"}}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two changes are as many as are undone at once."""
    for module in ("revert", "long_reverts"):
        monkeypatch.setattr(f"taskyard.task.actions.{module}.MOST_CHANGES", 2)


async def changed(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, request_of: RequestOf, count: int
) -> tuple[str, list[dict[str, Any]]]:
    """The request that changed new tasks, and the tasks as they were."""
    tasks = [await new_task() for _ in range(count)]
    name = request_of(new_id())
    assert counts(await change(ann, world, DONE)) == (count, count, 0, 0)
    request_of("")
    return name, tasks


async def test_a_change_of_few_is_undone_at_once(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, request_of: RequestOf
) -> None:
    name, tasks = await changed(ann, new_task, world, request_of, 2)
    undone = await ann.post(REVERT, json={"request_id": name})

    assert (undone.status_code, len(undone.json()["task_ids"])) == (200, 2)
    assert (await ann.get(f"/tasks/{tasks[0]['id']}")).json()["status"] == "todo"


@pytest.mark.usefixtures("few")
async def test_a_change_of_many_is_undone_by_a_job(
    as_person: As, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, request_of: RequestOf
) -> None:
    name, tasks = await changed(ann, new_task, world, request_of, 4)
    await ann.patch(f"/tasks/{tasks[0]['id']}", json={"priority": "low"})
    body, headers = {"request_id": name}, {"Idempotency-Key": new_id()}
    assert (await as_person(world.bob).post(REVERT, json=body)).status_code == 404
    asked = await ann.post(REVERT, json=body, headers=headers)
    job = asked.json()
    assert (asked.status_code, asked.headers["location"]) == (202, f"/api/v1/jobs/{job['id']}")
    assert (job["kind"], counts(job)) == ("revert", (4, 0, 0, 0))
    await work(world.task)

    job = await read_job(ann, job)
    assert (job["state"], counts(job)) == ("done", (4, 3, 0, 1))
    assert await failures(ann, job) == [(tasks[0]["id"], "change_moved_on")]
    after = [(await ann.get(f"/tasks/{task['id']}")).json() for task in tasks]
    assert [task["status"] for task in after] == ["done", "todo", "todo", "todo"]
    assert [task["priority"] for task in after] == ["low", "none", "none", "none"]
    last = (await ann.get(f"/tasks/{tasks[1]['id']}/activity")).json()["items"][0]
    assert (last["origin"], last["actor_id"]) == ("revert", world.ann)
    assert (await ann.post(REVERT, json=body, headers=headers)).headers["idempotency-replayed"] == "true"


@pytest.mark.usefixtures("few")
async def test_deletions_and_ties_of_many_are_undone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, request_of: RequestOf
) -> None:
    whole = await new_task(title="Whole")
    parts = [await new_task(title="Part") for _ in range(3)]
    tie = {"op": "update", "patch": {"parent_id": whole["id"]}}
    names = []
    for operation in (tie, {"op": "delete"}):
        names.append(request_of(new_id()))
        assert counts(await change(ann, world, operation, 'title = "Part"')) == (3, 3, 0, 0)
    request_of("")
    for name in reversed(names):
        job = (await ann.post(REVERT, json={"request_id": name})).json()
        await work(world.task)
        assert counts(await read_job(ann, job)) == (3, 3, 0, 0)
    after = [(await ann.get(f"/tasks/{part['id']}")).json() for part in parts]
    assert [(part["parent_id"], part["version"]) for part in after] == [(None, 5)] * 3


@pytest.mark.usefixtures("few")
async def test_what_is_not_seen_any_more_is_not_undone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, request_of: RequestOf
) -> None:
    name, tasks = await changed(ann, new_task, world, request_of, 3)
    job = (await ann.post(REVERT, json={"request_id": name})).json()
    await world.revoke(world.ann)
    await work(world.task)

    assert await failures(ann, job) == [(task["id"], "change_not_found") for task in tasks]


async def test_what_is_still_under_way_cannot_be_undone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, request_of: RequestOf
) -> None:
    task, name = await new_task(), request_of(new_id())
    await ann.patch(f"/tasks/{task['id']}", json={"title": "New"})
    job = (await ask(ann, world, LOW)).json()
    request_of("")
    refused = await ann.post(REVERT, json={"request_id": name})
    assert (refused.status_code, refused.json()["code"]) == (409, "job_under_way")
    await ann.post(f"/jobs/{job['id']}/cancel")
    assert (await ann.post(REVERT, json={"request_id": name})).status_code == 200


@pytest.mark.usefixtures("few")
async def test_even_a_job_does_not_undo_everything(
    ann: httpx.AsyncClient,
    new_task: NewTaskOf,
    world: World,
    request_of: RequestOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, _ = await changed(ann, new_task, world, request_of, 4)
    monkeypatch.setattr("taskyard.task.actions.long_reverts.MOST_TASKS", 3)
    refused = await ann.post(REVERT, json={"request_id": name})
    assert (refused.status_code, refused.json()["code"]) == (409, "change_not_revertible")


async def test_of_a_request_that_is_not_seen_any_more_no_job_is_made(world: World) -> None:
    with pytest.raises(ChangeNotFound):
        async with world.task.transaction() as tx:
            await create_revert(tx, Principal(id=world.ann), new_id())
