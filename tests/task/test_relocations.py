"""Tasks that go to another project: what goes along, what is found there, and who may."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.task.listeners import consumers
from taskyard.task.queries.search_index import CONSUMER
from tests.kit.log_writers import place_all

from .conftest import As, NewCommentOf, NewTaskOf, Report, World
from .test_labels_and_fields import add_field, add_label
from .test_plans import add_milestone


@pytest.fixture
async def elsewhere(world: World) -> str:
    """Another project, in which Ann may do what she may in the first."""
    await world.grant(world.ann, world.hidden_project_id, "member")
    return world.hidden_project_id


async def move(client: httpx.AsyncClient, task: dict[str, Any], project_id: str, **fields: Any) -> httpx.Response:
    return await client.post(f"/tasks/{task['id']}/move", json={"project_id": project_id, **fields})


async def moved(client: httpx.AsyncClient, task: dict[str, Any], project_id: str) -> dict[str, Any]:
    answer = await move(client, task, project_id)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_task_stays_the_same_under_another_key(
    ann: httpx.AsyncClient, new_task: NewTaskOf, new_comment: NewCommentOf, world: World, elsewhere: str
) -> None:
    task = await new_task(description="Leaks", status="in_progress", estimate=2)
    comment = await new_comment("Said", task["id"])
    (await ann.post(f"/tasks/{task['id']}/checklist", json={"title": "Step"})).raise_for_status()
    after = await moved(ann, task, elsewhere)

    others = {"project_id", "key", "number", "version", "updated_at"}
    assert {name: after[name] for name in task if name not in others} == {
        name: value for name, value in task.items() if name not in others
    }
    assert (after["project_id"], after["key"], after["number"], after["version"]) == (elsewhere, "HID-1", 1, 2)
    assert after["left_out"] == {
        "assignee_ids": [],
        "label_ids": [],
        "custom": {},
        **dict.fromkeys(("parent_id", "milestone_id", "iteration_id")),
    }
    said = (await ann.get(f"/tasks/{task['id']}/comments")).json()["items"]
    assert [(one["id"], one["project_id"]) for one in said] == [(comment["id"], elsewhere)]
    assert len((await ann.get(f"/tasks/{task['id']}/checklist")).json()["items"]) == 1
    kinds = [one["type"] for one in (await ann.get(f"/tasks/{task['id']}/activity")).json()["items"]]
    assert kinds[:2] == ["task.arrived.v1", "task.departed.v1"]
    assert (await ann.get("/tasks", params={"project_id": world.project_id})).json()["items"] == []


async def test_old_keys_find_it(
    ann: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str
) -> None:
    task = await new_task()
    await moved(ann, task, elsewhere)
    back = await moved(ann, task, world.project_id)
    assert back["key"] == "OPS-2"
    for key in ("OPS-1", "HID-1", "OPS-2"):
        found = await ann.get(f"/tasks/{key}", params={"workspace": world.slug})
        assert (found.status_code, found.json()["id"]) == (200, task["id"])
    assert (await new_task())["key"] == "OPS-3"
    patched = await ann.patch("/tasks/OPS-1", params={"workspace": world.slug}, json={"title": "By its old key"})
    assert (patched.status_code, patched.json()["id"]) == (200, task["id"])
    for key in ("OPS-1", "OPS-9"):
        for path in (f"/tasks/{key}", f"/tasks/{key}/activity"):
            assert (await otto.get(path, params={"workspace": world.slug})).status_code == 404


async def test_parts_go_along_and_a_part_alone_leaves_its_whole(
    ann: httpx.AsyncClient, new_task: NewTaskOf, elsewhere: str
) -> None:
    whole = await new_task()
    part = await new_task(parent_id=whole["id"])
    leaf, gone = await new_task(parent_id=part["id"]), await new_task(parent_id=part["id"])
    await ann.delete(f"/tasks/{gone['id']}")
    after = await moved(ann, part, elsewhere)

    assert (after["parent_id"], after["left_out"]["parent_id"]) == (None, whole["id"])
    went = (await ann.get(f"/tasks/{leaf['id']}")).json()
    assert (went["project_id"], went["parent_id"], went["key"]) == (elsewhere, part["id"], "HID-2")
    restored = (await ann.post(f"/tasks/{gone['id']}/restore")).json()
    assert (restored["project_id"], restored["parent_id"]) == (elsewhere, part["id"])
    assert (await ann.get(f"/tasks/{whole['id']}")).json() == whole


async def test_what_finds_no_place_is_told(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str
) -> None:
    labels = [await add_label(world, name) for name in ("Bug", "Old", "Red", "Blue")]
    there = {
        name: await add_label(world, name, "Kind" * (name != "bug") or None, elsewhere)
        for name in ("bug", "Red", "Blue")
    }
    for key, kind in (
        ("size", "number"),
        ("stage", "text"),
        ("mine", "text"),
        ("owner", "person"),
        ("guide", "person"),
    ):
        await add_field(world, key, kind)
    for key, kind in (("size", "number"), ("stage", "number"), ("owner", "person"), ("guide", "person")):
        await add_field(world, key, kind, project_id=elsewhere)
    milestone = await add_milestone(world)
    custom = {"size": 3, "stage": "late", "mine": "x", "owner": world.bob, "guide": world.ann}
    fields = {"label_ids": labels, "milestone_id": milestone, "custom": custom, "assignee_ids": [world.bob, world.ann]}
    after = await moved(ann, await new_task(**fields), elsewhere)

    assert after["label_ids"] == [there["bug"], there["Red"]]
    assert (after["custom"], after["assignee_ids"]) == ({"size": 3, "guide": world.ann}, [world.ann])
    assert after["left_out"] == {
        "assignee_ids": [world.bob],
        "parent_id": None,
        "label_ids": [labels[1], labels[3]],
        "milestone_id": milestone,
        "iteration_id": None,
        "custom": {"stage": "late", "mine": "x", "owner": world.bob},
    }
    changes = (await world.events_of(after["id"]))[-1][2]
    assert changes["milestone_id"] == {"from": milestone, "to": None}
    assert changes["project_id"] == {"from": world.project_id, "to": elsewhere}


async def test_the_state_is_the_same_or_alike_or_the_default(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str
) -> None:
    await world.owner.execute(
        "UPDATE project.states SET key = 'doing' WHERE project_id = $1 AND key = 'in_progress'", elsewhere
    )
    await world.owner.execute("DELETE FROM project.states WHERE project_id = $1 AND key = 'cancelled'", elsewhere)
    states = [
        (await moved(ann, await new_task(status=status), elsewhere)) for status in ("done", "in_progress", "cancelled")
    ]
    assert [task["status"] for task in states] == ["done", "doing", "todo"]
    assert [task["completed_at"] is None for task in states] == [False, True, True]
    await world.owner.execute(
        "INSERT INTO project.workflows VALUES ($1, $2, $3, true)", world.workspace_id, elsewhere, new_id()
    )
    governed = await moved(ann, await new_task(status="done"), elsewhere)
    assert (governed["status"], governed["completed_at"]) == ("todo", None)
    limit = "UPDATE project.states SET wip_limit = 1, enforces_limit = true WHERE project_id = $1 AND is_default"
    await world.owner.execute(limit, elsewhere)
    assert (await move(ann, await new_task(), elsewhere)).json()["code"] == "wip_limit_reached"
    await world.owner.execute("DELETE FROM project.states WHERE project_id = $1", elsewhere)
    assert (await move(ann, await new_task(), elsewhere)).json()["errors"][0]["pointer"] == "/status"


async def test_each_project_is_told_of_its_own(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str
) -> None:
    task = await new_task()
    after = await moved(ann, task, elsewhere)
    rows = await world.owner.fetch(
        "SELECT type, project_id::text, version, data ->> 'key', actor_id::text FROM log.events "
        "WHERE resource_id = $1 ORDER BY id",
        task["id"],
    )
    assert [tuple(row) for row in rows[1:]] == [
        ("task.departed.v1", world.project_id, 2, "OPS-1", world.ann),
        ("task.arrived.v1", elsewhere, 2, "HID-1", world.ann),
    ]
    change = (await ann.get(f"/tasks/{task['id']}/activity")).json()["items"][0]
    assert (await ann.post(f"/changes/{change['id']}/revert")).json()["code"] == "change_not_revertible"
    then = (await ann.get(f"/tasks/{task['id']}", params={"as_of": task["updated_at"]})).json()
    assert (then["key"], after["key"]) == ("OPS-1", "HID-1")


async def test_searches_and_reports_follow(
    ann: httpx.AsyncClient, new_task: NewTaskOf, elsewhere: str, databases: dict[str, Database], report: Report
) -> None:
    task = await new_task(title="Zephyr")
    (await ann.post(f"/tasks/{task['id']}/comments", json={"body": "Quixotic"})).raise_for_status()
    (keeper,) = (one for one in consumers() if one.name == CONSUMER)
    for project_id in (task["project_id"], elsewhere):
        await moved(ann, task, project_id)
        await place_all(databases)
        await catch_up(databases["task"], keeper)
    for word in ("zephyr", "quixotic"):
        for project_id, count in ((elsewhere, 1), (task["project_id"], 0)):
            found = await ann.get("/search", params={"q": word, "project_id": project_id})
            assert len(found.json()["items"]) == count, (word, found.text)
    day = str(clock.now().date())
    counted = [
        await report("cumulative-flow", project_id=one, from_=day, to=day) for one in (task["project_id"], elsewhere)
    ]
    assert [str(one).count("'tasks': 1") > 0 for one in counted] == [False, True], counted


async def test_it_takes_rights_in_both_projects(
    as_person: As, ann: httpx.AsyncClient, vera: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task, target = await new_task(), world.hidden_project_id
    reader, otto = as_person(world.ann, scopes=frozenset({"tasks:read"})), as_person(world.otto)
    for client, status in ((ann, 404), (otto, 404), (reader, 403), (as_person(None), 401)):
        assert (await move(client, task, target)).status_code == status
    await world.grant(world.ann, target, "viewer")
    await world.grant(world.vera, target, "member")
    assert [(await move(client, task, target)).status_code for client in (ann, vera)] == [403, 403]
    await world.grant(world.otto, target, "member")
    await world.owner.execute("INSERT INTO project.subjects VALUES ($1, $1, $2)", world.otto, world.workspace_id)
    assert (await move(otto, task, target)).json()["code"] == "task_not_found"
    await world.owner.execute(
        "UPDATE project.access SET permissions = $2 WHERE subject_id = $1", world.vera, int(Permission(31))
    )
    body = {"project_id": target}
    headers = {"Idempotency-Key": new_id()}
    answers = [await vera.post(f"/tasks/{task['id']}/move", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    await world.revoke(world.vera)
    assert (await vera.post(f"/tasks/{task['id']}/move", json=body, headers=headers)).status_code == 404


async def test_wrong_moves_are_refused(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await new_task()
    for fields in ({"status": "done"}, {"after_id": None}, {"before_id": task["id"]}):
        assert (await move(ann, task, elsewhere, **fields)).status_code == 422
    assert (await move(ann, task, "x")).status_code == 422
    same = await moved(ann, task, world.project_id)
    assert {name: same[name] for name in task} == task
    stale = await ann.post(f"/tasks/{task['id']}/move", json={"project_id": elsewhere}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    await ann.post(f"/tasks/{task['id']}/archive")
    assert (await move(ann, task, elsewhere)).json()["code"] == "task_archived"
    await ann.post(f"/tasks/{task['id']}/unarchive")
    await new_task(parent_id=task["id"])
    monkeypatch.setattr("taskyard.task.actions.relocations.MOST_PARTS", 1)
    assert (await move(ann, task, elsewhere)).json()["code"] == "too_many_tasks"
    await ann.delete(f"/tasks/{task['id']}")
    assert (await move(ann, task, elsewhere)).status_code == 404
    other = await new_task()
    await world.owner.execute("UPDATE project.projects SET archived_at = now() WHERE id = $1", elsewhere)
    assert (await move(ann, other, elsewhere)).json()["code"] == "project_archived"


async def test_the_project_is_of_the_same_workspace(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task, workspace_id = await new_task(), new_id()
    await world.owner.execute(
        "INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at) "
        "VALUES ($1, $1::uuid::text, 'Other', $2, now(), now())",
        workspace_id,
        world.ann,
    )
    await world.owner.execute("INSERT INTO project.subjects VALUES ($1, $1, $2)", world.ann, workspace_id)
    first, world.workspace_id = world.workspace_id, workspace_id
    project_id = await world.add_project("FAR")
    await world.grant(world.ann, project_id, "member")
    world.workspace_id = first
    refused = await move(ann, task, project_id)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/project_id")
