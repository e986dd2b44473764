"""Tasks that are put aside: where they are not shown any more, where they are, and what they refuse."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from taskyard.contracts.project import ITERATION_CLOSED, STATE_DELETED
from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, Report, World
from .following import event_of, follow
from .test_plans import add_iteration
from .test_revert import newest
from .test_settling import give_up

BOTH = "archived in (true, false)"


async def archive(client: httpx.AsyncClient, task: dict[str, Any], verb: str = "archive") -> dict[str, Any]:
    answer = await client.post(f"/tasks/{task['id']}/{verb}")
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


async def titles(client: httpx.AsyncClient, path: str = "/tasks", **params: Any) -> list[str]:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return sorted(one["title"] for one in answer.json()["items"])


async def test_a_task_is_put_aside_as_it_is_and_taken_up_again(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    aside = await archive(ann, task)
    shown = await ann.get(f"/tasks/{task['id']}")
    by_key = await ann.get(f"/tasks/{task['key']}", params={"workspace": world.slug})

    assert {**task, "archived_at": aside["archived_at"], "updated_at": aside["updated_at"], "version": 2} == aside
    assert aside["archived_at"] is not None
    assert (shown.json(), shown.headers["etag"], by_key.json()) == (aside, '"2"', aside)
    back = await archive(ann, task, "unarchive")
    assert {**task, "updated_at": back["updated_at"], "version": 3} == back
    kinds = [(kind, version, list(changes)) for kind, version, changes in await world.events_of(task["id"])][1:]
    assert kinds == [("task.archived.v1", 2, ["archived_at"]), ("task.unarchived.v1", 3, ["archived_at"])]


async def test_who_does_it_again_is_answered_as_it_is(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task()

    assert await archive(ann, task, "unarchive") == task
    assert await archive(ann, task) == await archive(ann, task)


@pytest.mark.parametrize("verb", ["archive", "unarchive"])
async def test_viewer_may_not_outsider_finds_nothing_and_an_old_version_is_refused(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, verb: str
) -> None:
    path = f"/tasks/{(await new_task())['id']}/{verb}"

    assert [(await one.post(path)).status_code for one in (vera, otto)] == [403, 404]
    assert (await ann.post(path, headers={"If-Match": '"7"'})).status_code == 412
    await ann.delete(path.removesuffix(f"/{verb}"))
    assert (await ann.post(path)).json()["code"] == "task_not_found"


async def test_archived_project_keeps_its_tasks_as_they_are(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    await world.archive()

    assert (await ann.post(f"/tasks/{task['id']}/archive")).json()["code"] == "project_archived"


async def test_repeated_request_is_answered_from_store_while_permitted(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, headers = f"/tasks/{(await new_task())['id']}/archive", {"Idempotency-Key": new_id()}
    answers = [await ann.post(path, headers=headers) for _ in range(2)]
    await world.revoke(world.ann)

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert (await ann.post(path, headers=headers)).status_code == 404


async def test_lists_and_counts_leave_it_out_unless_they_are_asked(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await new_task(title="here", assignee_ids=[world.ann])
    await archive(ann, await new_task(title="aside", assignee_ids=[world.ann]))
    for params in (
        {},
        {"project_id": world.project_id},
        {"sort": "title"},
        {"sort": "due"},
        {"assignee": "me"},
        {"filter": "assignee = me"},
        {"filter": "not archived = true"},
        {"filter": "title = here or archived = false"},
    ):
        assert await titles(ann, **params) == ["here"], params
        counted = (await ann.get("/tasks", params={**params, "count": "exact"})).json()["total"]
        assert counted == 1, params


@pytest.mark.parametrize("more", [{}, {"sort": "-due"}, {"assignee": "me"}, {"sort": "title", "status": "todo"}])
async def test_lists_hold_it_where_the_query_asks_about_it(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, more: dict[str, str]
) -> None:
    await new_task(title="here", assignee_ids=[world.ann])
    await archive(ann, await new_task(title="aside", assignee_ids=[world.ann]))

    assert await titles(ann, filter="archived = true", **more) == ["aside"]
    assert await titles(ann, filter="archived = TRUE and assignee = me", **more) == ["aside"]
    assert await titles(ann, filter=BOTH, **more) == ["aside", "here"]
    assert await titles(ann, filter="archived = true or title = here", **more) == ["aside", "here"]
    assert await titles(ann, filter="archived = true and archived = false", **more) == []


async def test_it_is_true_or_false_and_nothing_else(ann: httpx.AsyncClient) -> None:
    answers = [
        await ann.get("/tasks", params={"filter": f"archived {rest}"}) for rest in ("= maybe", "is empty", "~ t")
    ]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert answers[0].json()["errors"][0]["detail"].endswith("archived is true or false.")


async def test_boards_and_limits_leave_it_out(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    here, aside = await new_task(title="here"), await new_task(title="aside")
    await archive(ann, aside)
    columns = (await ann.get(f"/boards/{world.project_id}")).json()["columns"]
    (column,) = [one for one in columns if one["state"]["key"] == "todo"]

    assert (column["total"], [one["id"] for one in column["tasks"]]) == (1, [here["id"]])
    assert await titles(ann, f"/boards/{world.project_id}/columns/todo") == ["here"]
    assert (await ann.post(f"/tasks/{here['id']}/move", json={"after_id": aside["id"]})).status_code == 422


async def test_parts_are_listed_without_it_unless_asked_and_do_not_keep_the_whole_open(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    whole = await new_task()
    part = await new_task(title="aside", parent_id=whole["id"])
    path = f"/tasks/{whole['id']}"
    assert (await ann.patch(path, json={"status": "done"})).json()["code"] == "open_subtasks"
    await archive(ann, part)

    assert await titles(ann, f"{path}/children") == []
    assert await titles(ann, f"{path}/children", include_archived=True) == ["aside"]
    assert (await ann.patch(path, json={"status": "done"})).status_code == 200


async def test_parts_stay_when_the_whole_is_put_aside_and_no_more_are_taken(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    whole = await new_task(title="aside")
    part = await new_task(title="part", parent_id=whole["id"])
    await archive(ann, whole)
    refused = await ann.post("/tasks", json={"project_id": part["project_id"], "title": "x", "parent_id": whole["id"]})

    assert await titles(ann) == ["part"]
    assert (await ann.get(f"/tasks/{part['id']}")).json()["parent_id"] == whole["id"]
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/parent_id")


WRITES: dict[str, Callable[[str], tuple[str, str, dict[str, Any] | None]]] = {
    "change": lambda path: ("PATCH", path, {"title": "x"}),
    "transition": lambda path: ("POST", f"{path}/transition", {"status": "done"}),
    "move": lambda path: ("POST", f"{path}/move", {"after_id": None}),
    "comment": lambda path: ("POST", f"{path}/comments", {"body": "x"}),
    "step": lambda path: ("POST", f"{path}/checklist", {"title": "x"}),
    "relation": lambda path: ("POST", f"{path}/relations", {"kind": "blocks", "target_id": new_id()}),
    "time": lambda path: ("POST", f"{path}/time-entries", {"started_at": "2026-11-01T08:00:00Z", "seconds": 1}),
    "timer": lambda path: ("POST", "/timers/start", {"task_id": path.removeprefix("/tasks/")}),
    "reminder": lambda path: ("POST", f"{path}/reminders", {"remind_at": "2027-02-03T08:00:00Z"}),
    "file": lambda path: ("POST", f"{path}/attachments?name=x", None),
}


@pytest.mark.parametrize("write", WRITES)
async def test_it_refuses_what_would_change_it_or_what_hangs_on_it(
    ann: httpx.AsyncClient, new_task: NewTaskOf, write: str
) -> None:
    task = await new_task()
    await archive(ann, task)
    method, path, body = WRITES[write](f"/tasks/{task['id']}")
    answer = await ann.request(method, path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "task_archived")


async def test_what_hangs_on_it_stays_as_it_was(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task, other = await new_task(), await new_task()
    path = f"/tasks/{task['id']}"
    step = (await ann.post(f"{path}/checklist", json={"title": "x"})).json()
    comment = (await ann.post(f"{path}/comments", json={"body": "x"})).json()
    relation = (await ann.post(f"{path}/relations", json={"kind": "blocks", "target_id": other["id"]})).json()
    await archive(ann, task)
    answers = [
        await ann.patch(f"{path}/checklist/{step['id']}", json={"is_done": True}),
        await ann.delete(f"{path}/relations/{relation['id']}"),
        await ann.patch(f"/comments/{comment['id']}", json={"body": "y"}),
        await ann.delete(f"/comments/{comment['id']}"),
        await ann.put(f"/comments/{comment['id']}/reactions/%F0%9F%91%8D"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "task_archived")}
    assert (await ann.get(f"{path}/comments")).json()["items"] == [comment]


async def test_others_may_relate_to_it_and_it_is_made_once_more(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    aside, other = await archive(ann, await new_task(title="aside")), await new_task()
    body = {"kind": "duplicates", "target_id": aside["id"]}
    again = (await ann.post(f"/tasks/{aside['id']}/duplicate")).json()

    assert (await ann.post(f"/tasks/{other['id']}/relations", json=body)).status_code == 201
    assert (again["title"], again["archived_at"]) == ("aside", None)


async def test_it_goes_to_the_trash_and_comes_back_archived(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await archive(ann, await new_task(title="aside"))
    path = f"/tasks/{task['id']}"

    assert (await ann.delete(path)).status_code == 204
    assert await titles(ann, "/trash") == ["aside"]
    assert (await ann.post(f"{path}/restore")).json()["archived_at"] == task["archived_at"]


async def test_both_ways_are_undone_and_told_of_the_past(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await archive(ann, await new_task())
    undone = (await ann.post(await newest(ann, task))).json()
    again = (await ann.post(await newest(ann, task))).json()
    then = await ann.get(f"/tasks/{task['id']}", params={"as_of": task["updated_at"]})

    assert (undone["archived_at"], again["archived_at"] is None) == (None, False)
    assert then.json() == task


async def test_an_older_change_of_it_is_not_undone(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task()
    await ann.patch(f"/tasks/{task['id']}", json={"title": "x"})
    change = await newest(ann, task)
    await archive(ann, task)

    assert (await ann.post(change)).json()["code"] == "task_archived"


async def test_it_follows_when_its_state_is_given_up_and_keeps_its_iteration(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    over = await add_iteration(world, "active")
    task = await archive(ann, await new_task(status="backlog", iteration_id=over))
    await give_up(world, "backlog", "todo")
    await follow(world, event_of(world, STATE_DELETED, "backlog"))
    await follow(world, event_of(world, ITERATION_CLOSED, "", resource_id=over))

    found = (await ann.get(f"/tasks/{task['id']}")).json()
    assert (found["status"], found["iteration_id"], found["archived_at"]) == ("todo", over, task["archived_at"])


async def test_open_work_that_is_put_aside_counts_no_more_and_what_was_done_still_does(
    ann: httpx.AsyncClient, new_task: NewTaskOf, report: Report
) -> None:
    opened, done = await new_task(), await new_task(status="done")
    await new_task()
    for task in (opened, done):
        await archive(ann, task)
    today = (await report("cumulative-flow"))["days"][-1]

    assert {state["status"]: state["tasks"] for state in today["states"] if state["tasks"]} == {"todo": 1, "done": 1}


async def test_who_lost_the_project_finds_nothing_archived(
    ann: httpx.AsyncClient, as_person: As, new_task: NewTaskOf, world: World
) -> None:
    await archive(ann, await new_task())

    assert await titles(as_person(world.otto), filter="archived = true") == []
