"""Views: lists that people keep, each read with the eyes of whoever reads it."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.task import VIEW_CREATED, VIEW_DELETED, VIEW_UPDATED
from taskyard.kit.ids import new_id
from taskyard.task.models import views as models

from .conftest import As, NewTaskOf, World

PATH = "/views"


async def made_by(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={"name": "Mine", **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def titles(client: httpx.AsyncClient, view: dict[str, Any], **params: Any) -> list[str]:
    answer = await client.get(f"{PATH}/{view['id']}/tasks", params=params)
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()["items"]]


async def names(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return [view["name"] for view in answer.json()["items"]]


async def test_a_shared_view_shows_each_reader_their_own(
    ann: httpx.AsyncClient, as_person: As, new_task: NewTaskOf, world: World
) -> None:
    bob = as_person(world.bob)
    for title, assignee in (("a", world.ann), ("b", world.bob), ("c", world.bob)):
        await new_task(title=title, assignee_ids=[assignee])
    view = await made_by(
        ann, project_id=world.project_id, filter=" assignee = me order by number desc ", is_shared=True, columns=["key"]
    )
    assert (view["filter"], view["layout"], view["columns"]) == ("assignee = me order by number desc", "list", ["key"])
    assert (view["workspace_id"], view["version"]) == (world.workspace_id, 1)
    assert await titles(ann, view) == ["a"]
    assert await titles(bob, view, limit=1) == ["c"]
    page = await bob.get(f"{PATH}/{view['id']}/tasks", params={"limit": 1, "count": "exact"})
    assert page.json()["total"] == 2
    assert await titles(bob, view, cursor=page.json()["next_cursor"]) == ["b"]


async def test_a_view_of_no_project_is_of_everything_one_sees(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    for project in (world.project_id, world.hidden_project_id):
        await new_task(title=project, project_id=project, priority="urgent")
    await new_task(title="other")
    view = await made_by(ann, filter="priority = urgent", sort="-created_at", layout="board")
    assert (view["project_id"], view["workspace_id"], view["layout"]) == (None, None, "board")
    assert await titles(ann, view) == [world.hidden_project_id, world.project_id]


async def test_who_sees_which(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, as_person: As, world: World
) -> None:
    in_project = {"project_id": world.project_id}
    own = await made_by(vera, name="own", filter="priority = high")
    private = await made_by(vera, name="private", **in_project)
    shared = await made_by(ann, name="shared", is_shared=True, **in_project)
    assert await names(vera) == ["own", "private", "shared"]
    assert await names(ann) == ["shared"]
    assert await names(otto) == []
    assert await names(vera, **in_project) == ["private", "shared"]
    first = await vera.get(PATH, params={"limit": 2})
    assert await names(vera, cursor=first.json()["next_cursor"]) == ["shared"]
    assert (await otto.get(PATH, params=in_project)).status_code == 404
    for view, client in ((own, ann), (private, ann), (own, otto), (shared, otto)):
        for path in (f"{PATH}/{view['id']}", f"{PATH}/{view['id']}/tasks"):
            assert (await client.get(path)).status_code == 404
        assert (await client.patch(f"{PATH}/{view['id']}", json={"name": "x"})).status_code == 404
        assert (await client.delete(f"{PATH}/{view['id']}")).status_code == 404
    assert (await vera.get(f"{PATH}/{shared['id']}")).json() == shared
    await world.revoke(world.vera)
    assert await names(vera) == ["own"]
    assert (await vera.get(f"{PATH}/{private['id']}")).status_code == 404
    narrow = as_person(world.ann, scopes=frozenset({"projects:read"}))
    assert (await narrow.get(PATH)).status_code == 403


async def test_its_maker_changes_it(ann: httpx.AsyncClient, as_person: As, world: World) -> None:
    view = await made_by(ann, project_id=world.project_id, is_shared=True)
    one, bob = f"{PATH}/{view['id']}", as_person(world.bob)
    changed = await ann.patch(one, json={"name": " Late ", "filter": "due < today"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "Late", '"2"')
    same = await ann.patch(one, json={"name": "Late"})
    assert same.json() == changed.json()
    assert (await ann.patch(one, json={"layout": "board"}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await bob.patch(one, json={"name": "x"})).status_code == 403
    assert (await bob.delete(one)).status_code == 403
    assert (await ann.delete(one, headers={"If-Match": '"1"'})).status_code == 412
    assert (await ann.delete(one)).status_code == 204
    assert (await ann.get(one)).status_code == 404
    events = await world.events_of(view["id"])
    assert [kind for kind, _, _ in events] == [VIEW_CREATED, VIEW_UPDATED, VIEW_DELETED]
    assert events[1][2]["name"] == {"from": "Mine", "to": "Late"}


async def test_who_runs_the_project_may_delete_what_is_shared_there(
    ann: httpx.AsyncClient, as_person: As, world: World
) -> None:
    view = await made_by(ann, project_id=world.project_id, is_shared=True)
    await world.revoke(world.bob)
    await world.grant(world.bob, world.project_id, "admin")
    assert (await as_person(world.bob).delete(f"{PATH}/{view['id']}")).status_code == 204


async def test_events_of_a_private_view_are_for_its_maker(ann: httpx.AsyncClient, world: World) -> None:
    view = await made_by(ann, project_id=world.project_id)
    audience = await world.owner.fetch_value(
        "SELECT audience_id::text FROM log.events WHERE resource_id = $1", view["id"]
    )
    assert audience == world.ann


async def test_where_views_can_be_made(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, world: World
) -> None:
    shared = {"name": "x", "project_id": world.project_id, "is_shared": True}
    assert (await vera.post(PATH, json=shared)).status_code == 403
    assert (await otto.post(PATH, json=shared)).status_code == 404
    assert (await ann.post(PATH, json={**shared, "project_id": new_id()})).status_code == 404
    await world.archive()
    assert (await ann.post(PATH, json=shared)).status_code == 409


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"filter": "priority ="}, "/filter"),
        ({"filter": "nonsense = 3"}, "/filter"),
        ({"sort": "nonsense"}, "/sort"),
        ({"sort": "title", "filter": "priority = high order by title"}, "/sort"),
        ({"sort": "number"}, "/sort"),
        ({"layout": "wall"}, "/layout"),
        ({"columns": ["a b"]}, "/columns/0"),
        ({"is_shared": True}, "/is_shared"),
        ({"created_by": new_id()}, ""),
    ],
)
async def test_views_that_make_no_sense(ann: httpx.AsyncClient, fields: dict[str, Any], pointer: str) -> None:
    answer = await ann.post(PATH, json={"name": "x", **fields})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    one = f"{PATH}/{(await made_by(ann))['id']}"
    if not {"is_shared", "created_by"} & fields.keys():
        assert (await ann.patch(one, json=fields)).status_code == 422


async def test_nobody_keeps_too_many(ann: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.task.actions.views.MOST_VIEWS", 1)
    assert models.MOST_VIEWS > 1
    await made_by(ann)
    assert (await ann.post(PATH, json={"name": "x"})).json()["code"] == "too_many_views"


async def test_a_repeated_request_is_answered_again(ann: httpx.AsyncClient, world: World) -> None:
    key = {"Idempotency-Key": new_id()}
    body = {"name": "x", "project_id": world.project_id}
    first, again = [await ann.post(PATH, json=body, headers=key) for _ in range(2)]
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    one, key = f"{PATH}/{first.json()['id']}", {"Idempotency-Key": new_id()}
    changed, again = [await ann.patch(one, json={"name": "y"}, headers=key) for _ in range(2)]
    assert (changed.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    await world.revoke(world.ann)
    assert (await ann.patch(one, json={"name": "y"}, headers=key)).status_code == 404
    for path in (f"{PATH}/nothing", f"{PATH}/{new_id()}"):
        assert (await ann.get(path)).status_code == 404
