"""Creating tasks."""

import asyncio
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World


async def test_member_creates_task_in_the_default_state(ann: httpx.AsyncClient, world: World) -> None:
    response = await ann.post("/tasks", json={"project_id": world.project_id, "title": "  Mend the roof "})

    task = response.json()
    assert response.status_code == 201
    assert response.headers["etag"] == '"1"'
    assert response.headers["location"] == f"/api/v1/tasks/{task['id']}"
    assert {"title": task["title"], "key": task["key"], "status": task["status"]} == {
        "title": "Mend the roof",
        "key": "OPS-1",
        "status": "todo",
    }
    assert (task["created_by"], task["priority"], task["version"]) == (world.ann, "none", 1)
    assert await world.events_of(task["id"]) == [("task.created.v1", 1, {})]


async def test_every_field_is_kept(new_task: NewTaskOf, world: World) -> None:
    fields = {
        "description": "Line\nline",
        "status": "done",
        "priority": "urgent",
        "assignee_ids": [world.vera, world.ann],
        "start_on": "2027-01-02",
        "due_at": "2027-02-03T04:05:06Z",
        "estimate": 2.5,
    }
    task = await new_task(**fields)

    assert {name: task[name] for name in fields} == fields
    assert task["due_on"] is None
    assert task["completed_at"] == task["created_at"]


async def test_numbers_grow_by_one_when_created_one_after_another(new_task: NewTaskOf) -> None:
    assert [(await new_task())["number"] for _ in range(3)] == [1, 2, 3]


async def test_parallel_creates_get_different_numbers(new_task: NewTaskOf) -> None:
    tasks = await asyncio.gather(*(new_task() for _ in range(30)))

    assert sorted(task["number"] for task in tasks) == list(range(1, 31))


async def test_viewer_cannot_create_task(vera: httpx.AsyncClient, world: World) -> None:
    response = await vera.post("/tasks", json={"project_id": world.project_id, "title": "x"})

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("where", ["project_id", "hidden_project_id", "nowhere"])
async def test_project_that_is_not_visible_is_not_found(otto: httpx.AsyncClient, world: World, where: str) -> None:
    project_id = getattr(world, where, None) or new_id()
    response = await otto.post("/tasks", json={"project_id": project_id, "title": "x"})

    assert (response.status_code, response.json()["code"]) == (404, "project_not_found")


async def test_anonymous_is_asked_who_they_are(as_person: As, world: World) -> None:
    response = await as_person(None).post("/tasks", json={"project_id": world.project_id, "title": "x"})

    assert response.status_code == 401


async def test_archived_project_refuses_tasks(ann: httpx.AsyncClient, world: World) -> None:
    await world.archive()
    response = await ann.post("/tasks", json={"project_id": world.project_id, "title": "x"})

    assert (response.status_code, response.json()["code"]) == (409, "project_archived")


async def test_credential_without_the_scope_cannot_write(as_person: As, world: World) -> None:
    client = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    response = await client.post("/tasks", json={"project_id": world.project_id, "title": "x"})

    assert response.status_code == 403
    assert "tasks:write" in response.json()["detail"]


async def test_credential_limited_to_another_project_does_not_see_this_one(as_person: As, world: World) -> None:
    client = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))
    response = await client.post("/tasks", json={"project_id": world.project_id, "title": "x"})

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "   "}, "/title"),
        ({"title": "a\x00b"}, "/title"),
        ({"title": "a\nb"}, "/title"),
        ({"title": "x" * 256}, "/title"),
        ({"title": None}, "/title"),
        ({"description": "\x00"}, "/description"),
        ({"description": "x" * 100_001}, "/description"),
        ({"status": "nonsense"}, "/status"),
        ({"status": "\x00"}, "/status"),
        ({"priority": "huge"}, "/priority"),
        ({"estimate": "3"}, "/estimate"),
        ({"estimate": True}, "/estimate"),
        ({"assignee_ids": {}}, "/assignee_ids"),
        ({"assignee_ids": ["me"]}, "/assignee_ids/0"),
        ({"due_at": "2027-01-01T00:00:00"}, "/due_at"),
        ({"due_at": "0001-01-01T00:00:00+14:00"}, "/due_at"),
        ({"due_on": "2027-02-30"}, "/due_on"),
        ({"due_on": "2027-02-01", "due_at": "2027-02-01T00:00:00Z"}, "/due_on"),
        ({"estimate": -1}, "/estimate"),
        ({"project_id": "OPS"}, "/project_id"),
        ({"project_id": "0190a000-0000-7000-8000-000000000000\n"}, "/project_id"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_malformed_input_names_the_field(
    ann: httpx.AsyncClient, world: World, fields: dict[str, Any], pointer: str
) -> None:
    body = {"project_id": world.project_id, "title": "x", **fields}
    response = await ann.post("/tasks", json=body)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_assignee_who_does_not_see_the_project_is_refused(ann: httpx.AsyncClient, world: World) -> None:
    body = {"project_id": world.project_id, "title": "x", "assignee_ids": [world.bob, world.otto]}
    response = await ann.post("/tasks", json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/assignee_ids/1"]


async def test_description_of_the_greatest_length_is_kept(new_task: NewTaskOf) -> None:
    assert len((await new_task(description="ä" * 100_000))["description"]) == 100_000


async def test_one_idempotency_key_makes_one_task(ann: httpx.AsyncClient, world: World) -> None:
    body = {"project_id": world.project_id, "title": "Once"}
    headers = {"Idempotency-Key": new_id()}
    responses = await asyncio.gather(*(ann.post("/tasks", json=body, headers=headers) for _ in range(50)))

    assert {response.status_code for response in responses} <= {201, 409}
    assert len({response.json()["id"] for response in responses if response.status_code == 201}) == 1
    replayed = await ann.post("/tasks", json=body, headers=headers)
    assert (replayed.status_code, replayed.headers["idempotency-replayed"]) == (201, "true")
    assert await world.owner.fetch_value("SELECT count(*) FROM task.tasks WHERE title = 'Once'") == 1


async def test_idempotency_key_with_another_body_is_refused(ann: httpx.AsyncClient, world: World) -> None:
    headers = {"Idempotency-Key": new_id()}
    await ann.post("/tasks", json={"project_id": world.project_id, "title": "One"}, headers=headers)
    response = await ann.post("/tasks", json={"project_id": world.project_id, "title": "Two"}, headers=headers)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_answer_is_not_repeated_to_who_lost_the_project(ann: httpx.AsyncClient, world: World) -> None:
    body, headers = {"project_id": world.project_id, "title": "One"}, {"Idempotency-Key": new_id()}
    await ann.post("/tasks", json=body, headers=headers)
    await world.revoke(world.ann)
    response = await ann.post("/tasks", json=body, headers=headers)

    assert response.status_code == 404


async def test_stored_answer_is_given_again_although_the_project_was_archived(
    ann: httpx.AsyncClient, world: World
) -> None:
    body, key = {"project_id": world.project_id, "title": "x"}, {"Idempotency-Key": new_id()}
    first = await ann.post("/tasks", json=body, headers=key)
    await world.archive()
    again = await ann.post("/tasks", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
