"""Deleting and restoring tasks."""

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World


async def test_deleted_task_is_gone_listed_in_the_trash_and_can_be_restored(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    path = f"/tasks/{task['id']}"
    deleted = await ann.delete(path)
    trash = (await ann.get("/trash", params={"workspace_id": world.workspace_id})).json()["items"]

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await ann.get(path)).status_code == 404
    assert (await ann.get("/tasks")).json()["items"] == []
    assert [(item["id"], item["version"], item["deleted_at"] is not None) for item in trash] == [(task["id"], 2, True)]

    restored = await ann.post(path + "/restore")
    assert (restored.status_code, restored.headers["etag"], restored.json()["version"]) == (200, '"3"', 3)
    assert (await ann.get(path)).json() == restored.json()
    kinds = [(kind, version) for kind, version, _ in await world.events_of(task["id"])]
    assert kinds == [("task.created.v1", 1), ("task.deleted.v1", 2), ("task.restored.v1", 3)]


async def test_deleted_task_cannot_be_changed_or_deleted_again(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    await ann.delete(path)
    answers = [await ann.patch(path, json={"title": "x"}), await ann.delete(path)]

    assert [answer.json()["code"] for answer in answers] == ["task_not_found", "task_not_found"]


async def test_task_that_is_not_in_the_trash_cannot_be_restored(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    response = await ann.post(f"/tasks/{(await new_task())['id']}/restore")

    assert (response.status_code, response.json()["code"]) == (409, "task_not_in_trash")


async def test_viewer_cannot_restore_and_outsider_finds_nothing(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    await ann.delete(path)

    assert (await vera.post(path + "/restore")).status_code == 403
    assert (await otto.post(path + "/restore")).status_code == 404


async def test_restore_of_an_old_version_is_refused(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    path = f"/tasks/{(await new_task())['id']}"
    await ann.delete(path)

    assert (await ann.post(path + "/restore", headers={"If-Match": '"1"'})).status_code == 412


@pytest.mark.parametrize("named_by", ["id", "key"])
async def test_repeated_deletion_is_answered_from_store_while_permitted(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, named_by: str
) -> None:
    task = await new_task()
    path = f"/tasks/{task['id']}" if named_by == "id" else f"/tasks/{task['key']}?workspace={world.slug}"
    headers = {"Idempotency-Key": new_id()}
    answers = [await ann.delete(path, headers=headers) for _ in range(2)]
    await world.revoke(world.ann)
    answers.append(await ann.delete(path, headers=headers))

    assert [answer.status_code for answer in answers] == [204, 204, 404]


async def test_repeated_restore_is_refused_to_who_may_only_look(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, headers = f"/tasks/{(await new_task())['id']}", {"Idempotency-Key": new_id()}
    await ann.delete(path)
    answers = [await ann.post(path + "/restore", headers=headers) for _ in range(2)]
    await world.revoke(world.ann)
    await world.grant(world.ann, world.project_id, "viewer")
    answers.append(await ann.post(path + "/restore", headers=headers))

    assert [answer.status_code for answer in answers] == [200, 200, 403]


async def test_trash_is_paged_and_narrowed(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    ids = [(await new_task())["id"] for _ in range(3)]
    for task_id in ids:
        await ann.delete(f"/tasks/{task_id}")
    first = (await ann.get("/trash", params={"project_id": world.project_id, "limit": 2})).json()
    query = {"project_id": world.project_id, "limit": 2, "cursor": first["next_cursor"]}
    second = (await ann.get("/trash", params=query)).json()

    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert (await ann.get("/trash", params={"project_id": world.hidden_project_id})).json()["items"] == []
    assert (await ann.get("/trash", params={"workspace_id": "x"})).status_code == 422


async def test_trash_needs_the_scope(as_person: As, world: World) -> None:
    client = as_person(world.ann, scopes=frozenset({"tasks:write"}))

    assert (await client.get("/trash")).status_code == 403
