"""Changing tasks, and moving them between states."""

import asyncio
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World


async def test_member_changes_title_and_gets_the_next_version(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    response = await ann.patch(f"/tasks/{task['id']}", json={"title": "New"}, headers={"If-Match": '"1"'})

    assert (response.status_code, response.headers["etag"]) == (200, '"2"')
    assert response.json()["title"] == "New"
    changes = {"title": {"from": "Mend the roof", "to": "New"}}
    assert (await world.events_of(task["id"]))[1:] == [("task.updated.v1", 2, changes)]


async def test_change_by_key(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()
    response = await ann.patch(f"/tasks/ops-1?workspace={world.slug}", json={"priority": "low"})

    assert (response.status_code, response.json()["id"]) == (200, task["id"])


async def test_change_that_changes_nothing_keeps_version_and_announces_nothing(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task(estimate=2.5, due_at="2027-02-03T04:05:06Z")
    body = {"title": " Mend the roof", "estimate": 2.5, "due_at": "2027-02-03T05:05:06+01:00", "status": "todo"}
    response = await ann.patch(f"/tasks/{task['id']}", json=body)

    assert (response.status_code, response.json()) == (200, task)
    assert len(await world.events_of(task["id"])) == 1


async def test_null_clears_what_can_be_empty(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task(start_on="2027-01-01", due_on="2027-01-02", estimate=1)
    body: dict[str, Any] = {"start_on": None, "due_on": None, "estimate": None, "description": "", "assignee_ids": []}
    changed = (await ann.patch(f"/tasks/{task['id']}", json=body)).json()

    assert (changed["start_on"], changed["due_on"], changed["estimate"]) == (None, None, None)


async def test_one_kind_of_due_replaces_the_other(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task(due_on="2027-01-02")
    later = (await ann.patch(f"/tasks/{task['id']}", json={"due_at": "2027-01-02T10:00:00Z"})).json()
    assert (later["due_on"], later["due_at"]) == (None, "2027-01-02T10:00:00Z")

    again = (await ann.patch(f"/tasks/{task['id']}", json={"due_on": "2027-01-03"})).json()
    assert (again["due_on"], again["due_at"]) == ("2027-01-03", None)


@pytest.mark.parametrize("way", ["patch", "transition"])
async def test_status_change_is_a_transition_and_sets_completed_at(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, way: str
) -> None:
    task = await new_task()
    path, body = f"/tasks/{task['id']}", {"status": "done"}
    done = await (ann.patch(path, json=body) if way == "patch" else ann.post(path + "/transition", json=body))

    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert done.json()["completed_at"] is not None
    kind, version, changes = (await world.events_of(task["id"]))[1]
    assert (kind, version, set(changes)) == ("task.transitioned.v1", 2, {"status", "completed_at"})


async def test_completion_survives_finished_states_and_ends_with_others(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    task = await new_task(status="done")
    path = f"/tasks/{task['id']}/transition"
    cancelled = (await ann.post(path, json={"status": "cancelled"})).json()
    assert cancelled["completed_at"] == task["completed_at"]

    reopened = (await ann.post(path, json={"status": "in_progress"})).json()
    assert reopened["completed_at"] is None


async def test_status_and_title_together_are_one_transition(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    await ann.patch(f"/tasks/{task['id']}", json={"status": "backlog", "title": "New"})

    [(kind, _, changes)] = (await world.events_of(task["id"]))[1:]
    assert (kind, set(changes)) == ("task.transitioned.v1", {"status", "title"})


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": None}, "/title"),
        ({"title": " "}, "/title"),
        ({"description": "\x1b"}, "/description"),
        ({"status": "nonsense"}, "/status"),
        ({"status": None}, "/status"),
        ({"due_on": "2027-01-01", "due_at": "2027-01-01T00:00:00Z"}, "/due_on"),
        ({"due_at": "9999-12-31T23:00:00-10:00"}, "/due_at"),
        ({"assignee_ids": None}, "/assignee_ids"),
        ({"number": 7}, "/number"),
    ],
)
async def test_malformed_change_names_the_field(
    ann: httpx.AsyncClient, new_task: NewTaskOf, fields: dict[str, Any], pointer: str
) -> None:
    response = await ann.patch(f"/tasks/{(await new_task())['id']}", json=fields)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_only_who_sees_the_project_is_assigned(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    refused = await ann.patch(path, json={"assignee_ids": [world.bob, world.otto]})
    accepted = await ann.patch(path, json={"assignee_ids": [world.bob, world.vera, world.bob]})

    assert refused.json()["errors"][0]["pointer"] == "/assignee_ids/1"
    assert accepted.json()["assignee_ids"] == [world.bob, world.vera]


async def test_assignee_who_lost_the_project_may_stay(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task(assignee_ids=[world.bob])
    await world.revoke(world.bob)
    response = await ann.patch(f"/tasks/{task['id']}", json={"assignee_ids": [world.bob, world.vera]})

    assert response.status_code == 200


@pytest.mark.parametrize(("method", "action"), [("PATCH", ""), ("POST", "/transition"), ("DELETE", "")])
async def test_viewer_is_refused_and_outsider_finds_nothing(
    vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, method: str, action: str
) -> None:
    path = f"/tasks/{(await new_task())['id']}{action}"
    body = None if method == "DELETE" else {"status": "done"}
    answers = [await client.request(method, path, json=body) for client in (vera, otto)]

    assert [answer.status_code for answer in answers] == [403, 404]
    assert [answer.json()["code"] for answer in answers] == ["permission_denied", "task_not_found"]


async def test_archived_project_refuses_changes(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    await world.archive()
    answers = [await ann.patch(path, json={"title": "x"}), await ann.delete(path), await ann.post(path + "/restore")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "project_archived")}
    assert (await ann.get(path)).status_code == 200


async def test_old_version_is_refused(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    answers = [await ann.patch(path, json={"title": str(n)}, headers={"If-Match": '"1"'}) for n in range(2)]

    assert [answer.status_code for answer in answers] == [200, 412]
    assert (await ann.delete(path, headers={"If-Match": '"1"'})).status_code == 412


async def test_of_fifty_parallel_changes_of_one_version_one_wins(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    path, headers = f"/tasks/{task['id']}", {"If-Match": '"1"'}
    answers = await asyncio.gather(*(ann.patch(path, json={"title": str(n)}, headers=headers) for n in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
    assert [version for _, version, _ in await world.events_of(task["id"])] == [1, 2]


async def test_parallel_changes_without_a_version_all_happen_in_order(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    await asyncio.gather(*(ann.patch(f"/tasks/{task['id']}", json={"title": str(n)}) for n in range(20)))

    assert [version for _, version, _ in await world.events_of(task["id"])] == list(range(1, 22))


async def test_repeated_change_is_answered_from_store_while_permitted(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, headers = f"/tasks/{(await new_task())['id']}", {"Idempotency-Key": new_id()}
    answers = [await ann.patch(path, json={"title": "New"}, headers=headers) for _ in range(2)]
    await world.revoke(world.ann)
    answers.append(await ann.patch(path, json={"title": "New"}, headers=headers))

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert (answers[0].json(), answers[0].headers["etag"]) == (answers[1].json(), answers[1].headers["etag"])


async def test_credential_that_only_reads_cannot_change(as_person: As, new_task: NewTaskOf, world: World) -> None:
    client = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    path = f"/tasks/{(await new_task())['id']}"

    assert (await client.get(path)).status_code == 200
    assert (await client.patch(path, json={"title": "x"})).status_code == 403


async def test_merge_patch_is_read_by_its_own_media_type(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    headers = {"Content-Type": "application/merge-patch+json"}

    assert (await ann.patch(path, content=b'{"title": "New"}', headers=headers)).json()["title"] == "New"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b'{"title": "\\ud800"}', b'{"title": "\xff"}'])
async def test_body_that_is_no_patch_is_refused(ann: httpx.AsyncClient, new_task: NewTaskOf, body: bytes) -> None:
    response = await ann.patch(f"/tasks/{(await new_task())['id']}", content=body)

    assert response.status_code in {400, 422}, response.text
    assert response.headers["content-type"] == "application/problem+json"
