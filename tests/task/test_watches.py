"""Who watches a task: whom it concerns, who asked to, and never who declined."""

import httpx
import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id

from .conftest import As, NewCommentOf, NewTaskOf, World


async def watchers(databases: dict[str, Database], task_id: str) -> set[str]:
    rows = await databases["notification"].fetch(
        "SELECT person_id::text FROM task.watchers_v1 WHERE task_id = $1", task_id
    )
    assert len(rows) == len({row[0] for row in rows})
    return {row[0] for row in rows}


async def test_whom_a_task_concerns_watches_it(
    databases: dict[str, Database], as_person: As, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task(assignee_ids=[world.bob])
    assert await watchers(databases, task["id"]) == {world.ann, world.bob}
    await as_person(world.bob).post(f"/tasks/{task['id']}/comments", json={"body": f"@{world.vera}, look"})
    assert await watchers(databases, task["id"]) == {world.ann, world.bob, world.vera}


async def test_a_viewer_watches_and_stops(
    databases: dict[str, Database], vera: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path = f"/tasks/{(task := await new_task())['id']}/watch"
    assert (await vera.get(path)).json() == {"task_id": task["id"], "is_watching": False}
    put = await vera.put(path)
    assert (put.status_code, put.json()) == (200, {"task_id": task["id"], "is_watching": True})
    assert await watchers(databases, task["id"]) == {world.ann, world.vera}
    assert (await vera.delete(path)).status_code == 204
    assert (await vera.get(path)).json()["is_watching"] is False
    assert await watchers(databases, task["id"]) == {world.ann}


async def test_who_declined_is_not_drawn_in_again(
    databases: dict[str, Database], ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment()
    await ann.delete(f"/tasks/{comment['task_id']}/watch")
    await new_comment(f"@{world.ann} again", comment["task_id"])
    assert await watchers(databases, comment["task_id"]) == set()


async def test_each_change_is_announced_once_to_who_made_it(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path = f"/tasks/{(await new_task())['id']}/watch"
    for method in ("PUT", "PUT", "DELETE", "DELETE"):
        await ann.request(method, path)
    rows = await world.owner.fetch(
        "SELECT version, changes->'is_watching'->>'to' FROM log.events WHERE type = 'watch.updated.v1'"
        " AND audience_id = $1 ORDER BY id",
        world.ann,
    )
    assert [tuple(row) for row in rows] == [(1, None), (2, "false")]


async def test_watchers_of_a_task_in_the_trash_are_nobody(
    databases: dict[str, Database], ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    await ann.post(f"/tasks/{task['id']}/comments", json={"body": f"@{world.bob}"})
    await ann.put(f"/tasks/{task['id']}/watch")
    await ann.delete(f"/tasks/{task['id']}")
    assert await watchers(databases, task["id"]) == set()
    assert (await ann.put(f"/tasks/{task['id']}/watch")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_watching_is_for_who_sees_the_task(
    as_person: As, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World, method: str
) -> None:
    path = f"/tasks/{(await new_task())['id']}/watch"
    limited = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))
    unscoped = as_person(world.ann, scopes=frozenset({"comments:write"}))
    assert (await otto.request(method, path)).status_code == 404
    assert (await limited.request(method, path)).status_code == 404
    assert (await unscoped.request(method, path)).status_code == 403
    assert (await otto.request(method, f"/tasks/{new_id()}/watch")).status_code == 404
    assert (await otto.request(method, "/tasks/nonsense/watch")).status_code == 404
    assert (await as_person(None).request(method, path)).status_code == 401


async def test_a_replay_is_refused_to_who_lost_the_task(
    vera: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, key = f"/tasks/{(await new_task())['id']}/watch", {"Idempotency-Key": "k"}
    assert (await vera.put(path, headers=key)).status_code == 200
    assert (await vera.put(path, headers=key)).headers["idempotency-replayed"] == "true"
    await world.revoke(world.vera)
    assert (await vera.put(path, headers=key)).status_code == 404


async def test_watchers_are_found_by_indexes(databases: dict[str, Database], new_task: NewTaskOf) -> None:
    task = await new_task()
    statement = "EXPLAIN SELECT person_id FROM task.watchers_v1 WHERE workspace_id = '{}' AND task_id = '{}'"
    async with databases["notification"].transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        rows = await tx.fetch(statement.format(task["workspace_id"], task["id"]))
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan" not in plan, plan
    assert plan.count("Index Cond") == plan.count("Scan using") + plan.count("Bitmap Index Scan"), plan
