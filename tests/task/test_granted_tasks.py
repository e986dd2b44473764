"""What somebody may do with a task that was given to them alone, and that nothing beside it is theirs."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.kit import clock
from taskyard.task.queries import tasks as queries

from .conftest import As, NewCommentOf, NewTaskOf, World
from .sharing import Sharing

LEVELS = ["nothing", "view", "comment", "edit"]
SPENT = {"started_at": "2026-11-01T08:00:00Z", "seconds": 600}
READS = (
    *("", "/activity", "/attachments", "/checklist", "/children", "/comments", "/grants", "/relations", "/reminders"),
    *("/time-entries", "/time-entries/totals", "/watch", "?as_of=2100-01-01T00:00:00Z"),
)
NEEDED: tuple[tuple[str, str, str, Any], ...] = (
    ("view", "PUT", "/watch", None),
    ("view", "POST", "/reminders", {"remind_at": (clock.now() + timedelta(days=2)).isoformat()}),
    ("comment", "POST", "/comments", {"body": "Looked at it"}),
    ("edit", "PATCH", "", {"title": "Mend the whole roof"}),
    ("edit", "PATCH", "", {"status": "in_progress", "priority": "high"}),
    ("edit", "POST", "/transition", {"status": "todo"}),
    ("edit", "POST", "/checklist", {"title": "Find a ladder"}),
    ("edit", "POST", "/attachments?name=plan.txt", None),
    ("edit", "POST", "/time-entries", SPENT),
    ("edit", "POST", "/archive", None),
    ("edit", "POST", "/unarchive", None),
    ("never", "DELETE", "", None),
    ("never", "POST", "/restore", None),
    ("never", "POST", "/move", {"after_id": None}),
    ("never", "PATCH", "", {"milestone_id": None, "parent_id": "0190a000-0000-7000-8000-000000000000"}),
)


@pytest.fixture
async def sharing(world: World, as_person: As) -> Sharing:
    sharing = Sharing(world, as_person)
    await sharing.begin()
    return sharing


@pytest.mark.parametrize("level", LEVELS)
async def test_each_level_does_what_it_says(new_task: NewTaskOf, sharing: Sharing, level: str) -> None:
    whole = await new_task()
    path = f"/tasks/{(await new_task(parent_id=whole['id']))['id']}"
    if level != "nothing":
        await sharing.give(path.split("/")[2], level)
    seen = 404 if level == "nothing" else 200
    assert {read: (await sharing.gail.get(path + read)).status_code for read in READS} == dict.fromkeys(READS, seen)
    for needed, method, part, body in NEEDED:
        answer = await sharing.gail.request(method, path + part, json=body)
        allowed = needed in LEVELS[: LEVELS.index(level) + 1]
        assert answer.is_success is allowed, (method, part, answer.text)
        assert allowed or answer.status_code == (404 if level == "nothing" else 403), (method, part, answer.text)


@pytest.mark.parametrize(("level", "statuses"), [("view", (200, 403, 403, 403)), ("comment", (200, 200, 403, 204))])
async def test_comments_of_a_given_task(
    new_comment: NewCommentOf, sharing: Sharing, level: str, statuses: tuple[int, ...]
) -> None:
    comment = await new_comment()
    one = f"/comments/{comment['id']}"
    assert (await sharing.gail.get(one)).status_code == 404
    await sharing.give(comment["task_id"], level)
    assert (await sharing.gail.get(one)).json() == comment
    assert (await sharing.gail.get(f"{one}/history")).status_code == statuses[0]
    assert (await sharing.gail.put(f"{one}/reactions/👍")).status_code == statuses[1]
    assert (await sharing.gail.patch(one, json={"body": "Not mine"})).status_code == statuses[2]
    said = await sharing.gail.post(f"/tasks/{comment['task_id']}/comments", json={"body": "Mine"})
    own = f"/comments/{said.json().get('id')}" if said.is_success else one
    assert (await sharing.gail.delete(own)).status_code == statuses[3]


async def test_what_hangs_on_a_given_task_is_changed(new_task: NewTaskOf, sharing: Sharing) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    await sharing.give(path.split("/")[2], "edit")
    item = (await sharing.gail.post(f"{path}/checklist", json={"title": "Find a ladder"})).json()["id"]
    assert (await sharing.gail.patch(f"{path}/checklist/{item}", json={"is_done": True})).status_code == 200
    file = (await sharing.gail.post(f"{path}/attachments?name=plan.txt", content=b"A plan")).json()["id"]
    assert (await sharing.gail.get(f"{path}/attachments/{file}/file")).content == b"A plan"
    assert (await sharing.gail.delete(f"{path}/attachments/{file}")).status_code == 204
    entry = (await sharing.gail.post(f"{path}/time-entries", json=SPENT)).json()["id"]
    assert (await sharing.gail.patch(f"{path}/time-entries/{entry}", json={"seconds": 60})).status_code == 200
    assert (await sharing.gail.post("/timers/start", json={"task_id": path.split("/")[2]})).status_code == 201
    at = (clock.now() + timedelta(days=1)).isoformat()
    reminder = (await sharing.gail.post(f"{path}/reminders", json={"remind_at": at})).json()["id"]
    assert (await sharing.gail.delete(f"{path}/reminders/{reminder}")).status_code == 204


async def test_a_change_is_undone_by_who_was_given_the_task(new_task: NewTaskOf, sharing: Sharing) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    await sharing.give(path.split("/")[2], "edit")
    changed = await sharing.gail.patch(path, json={"title": "Mine"})
    change = (await sharing.gail.get(f"{path}/activity")).json()["items"][0]["id"]
    assert changed.status_code == 200
    assert (await sharing.gail.post(f"/changes/{change}/revert")).json()["title"] == "Mend the roof"


async def test_nothing_beside_the_task_is_given(
    ann: httpx.AsyncClient, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task, sibling = await new_task(), await new_task()
    part = await new_task(parent_id=task["id"])
    await ann.post(f"/tasks/{task['id']}/relations", json={"kind": "blocks", "target_id": sibling["id"]})
    await sharing.give(task["id"], "edit")
    for other in (sibling, part):
        assert (await sharing.gail.get(f"/tasks/{other['id']}")).status_code == 404
        assert (await sharing.gail.get(f"/tasks/{other['key']}?workspace={world.slug}")).status_code == 404
        assert (await sharing.gail.patch(f"/tasks/{other['id']}", json={"title": "Mine"})).status_code == 404
        assert (await sharing.gail.get(f"/tasks/{other['id']}/comments")).status_code == 404
        relation = {"kind": "blocks", "target_id": other["id"]}
        assert (await sharing.gail.post(f"/tasks/{task['id']}/relations", json=relation)).status_code == 422
    for empty in (f"/tasks/{task['id']}/relations", f"/tasks/{task['id']}/children", "/tasks", "/search?q=roof"):
        assert (await sharing.gail.get(empty)).json()["items"] == [], empty
    for closed in (f"/boards/{world.project_id}", f"/tasks?project_id={world.project_id}"):
        assert (await sharing.gail.get(closed)).status_code == 404
    new = {"project_id": world.project_id, "title": "Mine"}
    assert (await sharing.gail.post("/tasks", json=new)).status_code == 404
    assert (await sharing.gail.post(f"/tasks/{task['id']}/duplicate")).status_code == 404


async def test_relations_are_shown_where_both_ends_are_given(
    ann: httpx.AsyncClient, new_task: NewTaskOf, sharing: Sharing
) -> None:
    task, other = await new_task(), await new_task()
    relation = {"kind": "blocks", "target_id": other["id"]}
    await ann.post(f"/tasks/{task['id']}/relations", json=relation)
    for one in (task, other):
        await sharing.give(one["id"], "edit")
    (shown,) = (await sharing.gail.get(f"/tasks/{task['id']}/relations")).json()["items"]
    assert shown["target"]["key"] == other["key"]
    assert (await sharing.gail.delete(f"/tasks/{task['id']}/relations/{shown['id']}")).status_code == 204
    assert (await sharing.gail.post(f"/tasks/{task['id']}/relations", json=relation)).status_code == 201


async def test_who_was_given_a_task_is_assigned_and_mentioned_there_alone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, sharing: Sharing
) -> None:
    task, sibling = await new_task(), await new_task()
    await sharing.give(task["id"])
    comment = (await ann.post(f"/tasks/{task['id']}/comments", json={"body": "Look"})).json()["id"]
    mention, assigned = {"body": f"@{sharing.gail_id}, look"}, {"assignee_ids": [sharing.gail_id]}
    assert (await ann.patch(f"/tasks/{task['id']}", json=assigned)).status_code == 200
    assert (await ann.post(f"/tasks/{task['id']}/comments", json=mention)).status_code == 201
    assert (await ann.patch(f"/comments/{comment}", json=mention)).status_code == 200
    assert (await ann.patch(f"/tasks/{sibling['id']}", json=assigned)).status_code == 422
    assert (await ann.post(f"/tasks/{sibling['id']}/comments", json=mention)).status_code == 422


async def test_a_viewer_of_the_project_changes_a_task_that_was_given_to_them(
    vera: httpx.AsyncClient, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task, sibling = await new_task(), await new_task()
    await sharing.give(task["id"], "edit", world.vera)
    assert (await vera.patch(f"/tasks/{task['id']}", json={"title": "Hers"})).status_code == 200
    assert (await vera.patch(f"/tasks/{sibling['id']}", json={"title": "Hers"})).status_code == 403


async def test_a_task_that_is_taken_back_in_the_middle_of_a_change_is_not_changed(
    new_task: NewTaskOf, sharing: Sharing, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await new_task()
    await sharing.give(task["id"], "edit")
    find = queries.find_for_change

    async def find_and_lose(*args: Any) -> Any:
        seen = await find(*args)
        await world.owner.execute("DELETE FROM task.grants WHERE task_id = $1", task["id"])
        return seen

    monkeypatch.setattr(queries, "find_for_change", find_and_lose)
    assert (await sharing.gail.patch(f"/tasks/{task['id']}", json={"title": "Mine"})).status_code == 404


async def test_a_look_at_a_task_costs_no_more_where_the_project_lets_in(
    ann: httpx.AsyncClient, new_task: NewTaskOf, sharing: Sharing, statements: list[str]
) -> None:
    task = await new_task()
    await sharing.give(task["id"], "edit")
    for client, reads, writes in ((ann, 1, 2), (sharing.gail, 2, 3)):
        statements.clear()
        assert (await client.get(f"/tasks/{task['id']}")).status_code == 200
        assert len(statements) == reads
        statements.clear()
        assert (await client.patch(f"/tasks/{task['id']}", json={"title": f"Roof {reads}"})).status_code == 200
        assert len(statements) == writes
