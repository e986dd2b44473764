"""What happened to a task, what it was, and what a comment said before."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.ids import new_id

from .conftest import As, NewCommentOf, NewTaskOf, World


async def activity(client: httpx.AsyncClient, task: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    response = await client.get(f"/tasks/{task['id']}/activity", params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_a_task_tells_what_happened_to_it(
    ann: httpx.AsyncClient, as_person: As, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    path = f"/tasks/{task['id']}"
    await as_person(world.bob).patch(path, json={"title": "New", "priority": "low"})
    await ann.post(f"{path}/checklist", json={"title": "Step"})
    comment = (await ann.post(f"{path}/comments", json={"body": "Secret"})).json()
    await ann.patch(f"/comments/{comment['id']}", json={"body": "Said"})
    await ann.put(f"{path}/watch")
    told = await activity(ann, task)

    assert [change["type"].rpartition(".v")[0] for change in told] == [
        "comment.updated",
        "comment.created",
        "checklist_item.created",
        "task.updated",
        "task.created",
    ]
    change = told[3]
    assert (change["actor_id"], change["origin"], change["version"]) == (world.bob, "api", 2)
    assert change["changes"] == {
        "title": {"from": "Mend the roof", "to": "New"},
        "priority": {"from": "none", "to": "low"},
    }
    assert "Secret" not in str(told)


async def test_activity_is_read_in_pages(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()
    for n in range(3):
        await ann.patch(f"/tasks/{task['id']}", json={"title": f"Title {n}"})
    whole, path = await activity(ann, task), f"/tasks/{task['key']}/activity?workspace={world.slug}"
    first = (await ann.get(path, params={"workspace": world.slug, "limit": 3})).json()
    rest = (await ann.get(path, params={"workspace": world.slug, "cursor": first["next_cursor"]})).json()

    assert first["items"] + rest["items"] == whole
    assert len(whole) == 4


async def test_activity_is_for_who_sees_the_task(
    as_person: As, vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path = f"/tasks/{(await new_task())['id']}/activity"
    unscoped = as_person(world.ann, scopes=frozenset({"comments:read"}))
    answers = [await client.get(path) for client in (vera, otto, unscoped, as_person(None))]

    assert [answer.status_code for answer in answers] == [200, 404, 403, 401]
    assert (await vera.get(path, params={"cursor": "x"})).status_code == 422


async def test_a_task_is_read_as_it_was(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    began = clock.now()
    first = await new_task(due_on="2027-01-02")
    clock.travel(timedelta(hours=1))
    second = (await ann.patch(f"/tasks/{first['id']}", json={"title": "New", "due_on": None})).json()
    clock.travel(timedelta(hours=1))
    await ann.delete(f"/tasks/{first['id']}")

    async def at(hours: float) -> httpx.Response:
        instant = (began + timedelta(hours=hours)).isoformat()
        return await ann.get(f"/tasks/{first['id']}?as_of={quote(instant)}")

    assert [(await at(hours)).status_code for hours in (-1, 0, 0.5, 1.5, 3)] == [404, 404, 200, 200, 404]
    assert ((await at(0.5)).json(), (await at(1.5)).json()) == (first, second)
    assert (await at(0.5)).headers["etag"] == '"1"'
    very_instant = await ann.get(f"/tasks/{first['id']}", params={"as_of": second["updated_at"]})
    assert very_instant.json() == second
    then = quote((began + timedelta(minutes=1)).isoformat())
    by_key = f"/tasks/{first['key']}?workspace={world.slug}&as_of={then}"
    assert (await ann.get(by_key)).json() == first


async def test_a_task_of_an_older_release_is_read_as_it_was(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    await world.owner.execute("UPDATE log.events SET data = data - 'parent_id' WHERE resource_id = $1", task["id"])

    assert (await ann.get(f"/tasks/{task['id']}?as_of={quote(clock.now().isoformat())}")).json() == task


@pytest.mark.parametrize("as_of", ["yesterday", "2027-01-01", "2027-01-01T00:00:00", "0001-01-01T00:00:00+10:00"])
async def test_malformed_instant_is_named(ann: httpx.AsyncClient, new_task: NewTaskOf, as_of: str) -> None:
    response = await ann.get(f"/tasks/{(await new_task())['id']}", params={"as_of": as_of})

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == "/as_of"


async def test_the_past_is_for_who_sees_the_task(
    vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    path = f"/tasks/{(await new_task())['id']}?as_of={quote(datetime.isoformat(clock.now()))}"

    assert [(await client.get(path)).status_code for client in (vera, otto)] == [200, 404]


async def test_a_comment_tells_what_it_said_before(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment("First")
    path = f"/comments/{comment['id']}/history"
    for body in ("Second", "Third"):
        await ann.patch(f"/comments/{comment['id']}", json={"body": body})
    first = (await vera.get(path, params={"limit": 2})).json()
    rest = (await vera.get(path, params={"cursor": first["next_cursor"]})).json()
    told = [(one["version"], one["body"], one["actor_id"]) for one in first["items"] + rest["items"]]

    assert told == [(3, "Third", world.ann), (2, "Second", world.ann), (1, "First", world.ann)]
    assert [(await otto.get(url)).status_code for url in (path, "/comments/x/history")] == [404, 404]
    await ann.delete(f"/comments/{comment['id']}")
    assert (await ann.get(path)).status_code == 404
    assert (await ann.get(f"/comments/{new_id()}/history")).status_code == 404
