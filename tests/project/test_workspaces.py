"""Workspaces through the door: allowed, refused, invisible, malformed."""

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


async def test_creator_becomes_owner(api: Api, event_types: EventTypes) -> None:
    person = api.people.register("ada")
    response = await api.send(person, "POST", "/workspaces", {"name": " Acme ", "slug": f"acme-{new_id()}"})
    assert response.status_code == 201
    workspace = response.json()
    assert workspace["name"] == "Acme"
    assert response.headers["etag"] == '"1"'
    assert response.headers["location"] == f"/api/v1/workspaces/{workspace['id']}"
    member = await api.send(person, "GET", f"/workspaces/{workspace['id']}/members/{person}")
    assert member.json()["role"] == "owner"
    assert await event_types(workspace["id"]) == ["workspace.created.v1", "member.added.v1"]


async def test_slug_is_taken_once(api: Api, world: World) -> None:
    slug = (await api.send(world.owner, "GET", world.path)).json()["slug"]
    response = await api.send(world.outsider, "POST", "/workspaces", {"name": "Other", "slug": slug})
    assert (response.status_code, response.json()["code"]) == (409, "slug_taken")
    mine = await api.made(world.outsider, "/workspaces", {"name": "Other", "slug": f"o-{new_id()}"})
    response = await api.send(world.outsider, "PATCH", f"/workspaces/{mine['id']}", {"slug": slug})
    assert (response.status_code, response.json()["code"]) == (409, "slug_taken")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "A", "slug": "Upper"}, "/slug"),
        ({"name": "A", "slug": "acme\n"}, "/slug"),
        ({"name": "A\x00", "slug": "acme"}, "/name"),
        ({"name": "  ", "slug": "acme"}, "/name"),
        ({"slug": "acme"}, "/name"),
        ({"name": "A", "slug": "acme", "colour": "red"}, "/colour"),
    ],
)
async def test_malformed_workspace_is_refused(api: Api, body: object, pointer: str) -> None:
    response = await api.send(new_id(), "POST", "/workspaces", body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_every_member_sees_the_workspace_and_nobody_else(status: Status, world: World) -> None:
    for person in (world.owner, world.admin, world.member, world.viewer, world.guest):
        assert await status(person, "GET", world.path) == 200
    assert await status(world.outsider, "GET", world.path) == 404
    assert await status(world.owner, "GET", "/workspaces/nonsense") == 404
    assert await status(world.owner, "GET", f"/workspaces/{new_id()}") == 404
    assert await status(None, "GET", world.path) == 401


async def test_roles_decide_who_changes_the_workspace(status: Status, world: World) -> None:
    for person, expected in [
        (world.admin, 200),
        (world.member, 403),
        (world.viewer, 403),
        (world.guest, 403),
        (world.outsider, 404),
    ]:
        assert await status(person, "PATCH", world.path, {"name": "New"}) == expected


async def test_update_needs_the_present_version(api: Api, world: World) -> None:
    slug = f"n-{new_id()}"
    response = await api.send(world.owner, "PATCH", world.path, {"name": "New", "slug": slug}, If_Match='"1"')
    assert (response.status_code, response.headers["etag"], response.json()["slug"]) == (200, '"2"', slug)
    response = await api.send(world.owner, "PATCH", world.path, {"name": "Newer"}, If_Match='"1"')
    assert response.status_code == 412
    unchanged = await api.send(world.owner, "PATCH", world.path, {"name": "New"})
    assert unchanged.json()["version"] == 2
    response = await api.send(world.owner, "GET", world.path, If_None_Match='"2"')
    assert response.status_code == 304


async def test_only_owner_deletes_and_nothing_stays_visible(
    status: Status, world: World, event_types: EventTypes
) -> None:
    project = await world.project()
    assert await status(world.admin, "DELETE", world.path) == 403
    assert await status(world.owner, "DELETE", world.path, If_Match='"9"') == 412
    assert await status(world.owner, "DELETE", world.path, Idempotency_Key="d") == 204
    assert await status(world.owner, "DELETE", world.path, Idempotency_Key="d") == 204
    assert await status(world.owner, "GET", world.path) == 404
    assert await status(world.owner, "GET", f"/projects/{project['id']}") == 404
    assert (await event_types(world.workspace_id))[-1] == "workspace.deleted.v1"


async def test_list_shows_mine_page_by_page(api: Api) -> None:
    person = api.people.register("ada")
    made = [(await api.made(person, "/workspaces", {"name": "W", "slug": f"w-{new_id()}"}))["id"] for _ in range(3)]
    first = (await api.send(person, "GET", "/workspaces?limit=2")).json()
    second = (await api.send(person, "GET", f"/workspaces?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None


async def test_list_refuses_wrong_parameters(status: Status, world: World) -> None:
    for query in ("limit=0", "limit=201", "cursor=abc", "colour=red"):
        assert await status(world.owner, "GET", f"/workspaces?{query}") == 422


async def test_roles_are_listed_for_members_but_not_guests(api: Api, status: Status, world: World) -> None:
    roles = (await api.send(world.viewer, "GET", f"{world.path}/roles")).json()["items"]
    assert [role["key"] for role in roles] == ["owner", "admin", "member", "viewer", "guest"]
    assert "project_view" in roles[4]["permissions"]
    assert await status(world.guest, "GET", f"{world.path}/roles") == 403


async def test_scopes_and_project_limits_narrow(status: Status, world: World) -> None:
    reader = Principal(id=world.owner, scopes=frozenset({"workspaces:read"}))
    assert await status(reader, "GET", world.path) == 200
    assert await status(reader, "PATCH", world.path, {"name": "New"}) == 403
    limited = Principal(id=world.owner, project_ids=frozenset({new_id()}))
    assert await status(limited, "GET", world.path) == 200
    assert await status(limited, "PATCH", world.path, {"name": "New"}) == 403
    assert await status(limited, "POST", "/workspaces", {"name": "A", "slug": f"a-{new_id()}"}) == 403


async def test_replay_is_answered_once_more_and_rechecked(api: Api, world: World) -> None:
    body = {"name": "Renamed"}
    first = await api.send(world.admin, "PATCH", world.path, body, Idempotency_Key="k")
    again = await api.send(world.admin, "PATCH", world.path, body, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    await api.send(world.owner, "PATCH", f"{world.path}/members/{world.admin}", {"role": "viewer"})
    assert (await api.send(world.admin, "PATCH", world.path, body, Idempotency_Key="k")).status_code == 403
