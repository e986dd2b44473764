"""Tasks that are parts of tasks: to any depth, never in a circle, and closed before the whole is."""

import asyncio
from collections import Counter

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World


async def test_a_task_is_made_as_a_part_and_listed_below_its_parent(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    roof = await new_task()
    parts = [await new_task(parent_id=roof["id"]) for _ in range(3)]
    first = (await ann.get(f"/tasks/{roof['id']}/children", params={"limit": 2})).json()
    rest = (await ann.get(f"/tasks/{roof['id']}/children", params={"cursor": first["next_cursor"]})).json()

    assert (roof["parent_id"], parts[0]["parent_id"]) == (None, roof["id"])
    assert first["items"] + rest["items"] == parts
    assert rest["next_cursor"] is None


async def test_a_part_takes_its_own_parts_along(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    house, roof = await new_task(), await new_task()
    tile = await new_task(parent_id=roof["id"])
    moved = await ann.patch(f"/tasks/{roof['id']}", json={"parent_id": house["id"]})
    freed = await ann.patch(f"/tasks/{roof['id']}", json={"parent_id": None})

    assert (moved.json()["parent_id"], freed.json()["parent_id"]) == (house["id"], None)
    assert (await ann.get(f"/tasks/{tile['id']}")).json() == tile
    assert await world.events_of(roof["id"]) == [
        ("task.created.v1", 1, {}),
        ("task.updated.v1", 2, {"parent_id": {"from": None, "to": house["id"]}}),
        ("task.updated.v1", 3, {"parent_id": {"from": house["id"], "to": None}}),
    ]


async def test_a_circle_is_refused_with_its_path(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    line = [await new_task()]
    for _ in range(3):
        line.append(await new_task(parent_id=line[-1]["id"]))
    response = await ann.patch(f"/tasks/{line[0]['id']}", json={"parent_id": line[-1]["id"]})
    itself = await ann.patch(f"/tasks/{line[0]['id']}", json={"parent_id": line[0]["id"]})

    assert (response.status_code, response.json()["code"]) == (409, "circular_tasks")
    assert response.json()["detail"].endswith(": OPS-1 → OPS-4 → OPS-3 → OPS-2 → OPS-1")
    assert (itself.status_code, itself.json()["detail"][-13:]) == (409, "OPS-1 → OPS-1")


async def test_of_two_changes_that_would_close_a_circle_one_wins(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    for _ in range(5):
        one, other = await new_task(), await new_task()
        answers = await asyncio.gather(
            ann.patch(f"/tasks/{one['id']}", json={"parent_id": other["id"]}),
            ann.patch(f"/tasks/{other['id']}", json={"parent_id": one["id"]}),
        )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 1}


@pytest.mark.parametrize("status", ["done", "cancelled"])
async def test_a_task_is_closed_after_its_parts(ann: httpx.AsyncClient, new_task: NewTaskOf, status: str) -> None:
    roof = await new_task()
    tile, nail = await new_task(parent_id=roof["id"]), await new_task(parent_id=roof["id"])
    path, body = f"/tasks/{roof['id']}/transition", {"status": status}
    refused = await ann.post(path, json=body)
    elsewhere = await ann.post(path, json={"status": "in_progress"})
    await ann.post(f"/tasks/{tile['id']}/transition", json={"status": "cancelled"})
    await ann.delete(f"/tasks/{nail['id']}")

    assert (refused.status_code, refused.json()["code"]) == (409, "open_subtasks")
    assert elsewhere.status_code == 200
    assert (await ann.post(path, json=body)).status_code == 200


async def test_a_closed_task_may_get_open_parts_and_stay_closed(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    roof = await new_task(status="done")
    await new_task(parent_id=roof["id"])
    response = await ann.patch(f"/tasks/{roof['id']}", json={"status": "cancelled"})

    assert (response.status_code, response.json()["completed_at"]) == (200, roof["completed_at"])


async def test_a_parent_is_a_task_of_the_same_project_out_of_the_trash(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task, gone = await new_task(), await new_task()
    await ann.delete(f"/tasks/{gone['id']}")
    await world.grant(world.ann, world.hidden_project_id, "member")
    elsewhere = await new_task(project_id=world.hidden_project_id)
    body = {"project_id": world.project_id, "title": "Part"}
    for parent_id in (gone["id"], elsewhere["id"], new_id(), "OPS-1"):
        answers = [
            await ann.post("/tasks", json={**body, "parent_id": parent_id}),
            await ann.patch(f"/tasks/{task['id']}", json={"parent_id": parent_id}),
        ]
        found = [(answer.status_code, answer.json()["errors"][0]["pointer"]) for answer in answers]
        assert found == [(422, "/parent_id")] * 2


async def test_parts_of_a_task_in_the_trash_stay_and_are_its_parts_again(
    ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    roof = await new_task()
    tile = await new_task(parent_id=roof["id"])
    await ann.delete(f"/tasks/{roof['id']}")
    assert (await ann.get(f"/tasks/{tile['id']}")).json() == tile
    assert (await ann.get(f"/tasks/{roof['id']}/children")).status_code == 404

    await ann.post(f"/tasks/{roof['id']}/restore")
    assert (await ann.get(f"/tasks/{roof['id']}/children")).json()["items"] == [tile]


async def test_children_are_for_who_sees_the_task(
    as_person: As, vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    path = f"/tasks/{task['id']}/children"
    unscoped = as_person(world.ann, scopes=frozenset({"comments:read"}))
    answers = [await client.get(path) for client in (vera, otto, unscoped, as_person(None))]

    assert [answer.status_code for answer in answers] == [200, 404, 403, 401]
    assert (await vera.get(f"/tasks/{task['key']}/children?workspace={world.slug}")).json()["items"] == []
    assert (await vera.get(path, params={"cursor": "x"})).json()["errors"][0]["pointer"] == "/cursor"


async def test_a_part_is_made_with_four_statements_and_freed_with_three(
    ann: httpx.AsyncClient, new_task: NewTaskOf, statements: list[str]
) -> None:
    roof, counts = await new_task(), []
    statements.clear()
    tile = await new_task(parent_id=roof["id"])
    counts.append(len(statements))
    statements.clear()
    await ann.patch(f"/tasks/{tile['id']}", json={"parent_id": None})
    counts.append(len(statements))

    assert counts == [4, 3]
