"""Roles in one project, through the door."""

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


async def test_grant_opens_a_private_project(api: Api, status: Status, world: World, event_types: EventTypes) -> None:
    path = f"/projects/{(await world.project(visibility='private'))['id']}"
    body = {"user_id": world.guest, "role": "viewer"}
    response = await api.send(world.admin, "POST", f"{path}/members", body, Idempotency_Key="g")
    member = response.json()
    assert (response.status_code, member["user_id"], member["team_id"], member["role"]) == (
        201,
        world.guest,
        None,
        "viewer",
    )
    again = await api.send(world.admin, "POST", f"{path}/members", body, Idempotency_Key="g")
    assert again.json() == member
    assert await status(world.guest, "GET", path) == 200
    assert await status(world.guest, "PATCH", path, {"name": "Mine"}) == 403
    assert await status(world.admin, "POST", f"{path}/members", body) == 409
    assert (await event_types(world.workspace_id))[-1] == "project_member.added.v1"


async def test_grant_names_one_member_of_the_workspace(status: Status, world: World) -> None:
    path = f"/projects/{(await world.project())['id']}/members"
    team = await world.team("Ops")
    for body in (
        {"role": "member"},
        {"user_id": world.member, "team_id": team},
        {"user_id": world.outsider},
        {"team_id": new_id()},
        {"user_id": world.member, "role": "emperor"},
        {"user_id": "nonsense"},
        {"user_id": world.member, "colour": "red"},
    ):
        assert await status(world.owner, "POST", path, body) == 422
    assert await status(world.owner, "POST", path, {"team_id": team, "role": "guest"}) == 201


async def test_who_may_grant(status: Status, world: World) -> None:
    path = f"/projects/{(await world.project())['id']}/members"
    body = {"user_id": world.guest}
    for person, expected in [(world.member, 403), (world.viewer, 403), (world.guest, 404), (world.outsider, 404)]:
        assert await status(person, "POST", path, body) == expected
        assert await status(person, "PATCH", f"{path}/{world.owner}", {"role": "viewer"}) == expected
        assert await status(person, "DELETE", f"{path}/{world.owner}") == expected
    scoped = Principal(id=world.owner, scopes=frozenset({"projects:write"}))
    assert await status(scoped, "POST", path, body) == 403
    elsewhere = Principal(id=world.owner, project_ids=frozenset({new_id()}))
    assert await status(elsewhere, "POST", path, body) == 404


async def test_project_admin_grants_without_a_workspace_role(status: Status, world: World) -> None:
    path = f"/projects/{(await world.project(caller=world.member, visibility='private'))['id']}"
    assert await status(world.member, "POST", f"{path}/members", {"user_id": world.guest, "role": "owner"}) == 201
    assert await status(world.guest, "PATCH", path, {"name": "Ours"}) == 200
    assert await status(world.guest, "PATCH", world.path, {"name": "Ours"}) == 403


async def test_role_in_project_changes(api: Api, status: Status, world: World, event_types: EventTypes) -> None:
    path = f"/projects/{(await world.project())['id']}"
    one = f"{path}/members/{world.guest}"
    await api.made(world.owner, f"{path}/members", {"user_id": world.guest, "role": "viewer"})
    assert await status(world.owner, "PATCH", one, {"role": "admin"}, If_Match='"2"') == 412
    response = await api.send(world.owner, "PATCH", one, {"role": "admin"}, If_Match='"1"')
    assert (response.status_code, response.json()["role"], response.json()["version"]) == (200, "admin", 2)
    assert await status(world.guest, "PATCH", path, {"name": "Ours"}) == 200
    assert (await api.send(world.owner, "PATCH", one, {"role": "admin"})).json()["version"] == 2
    assert await status(world.owner, "PATCH", one, {"role": "emperor"}) == 422
    assert await status(world.owner, "PATCH", f"{path}/members/{world.viewer}", {"role": "admin"}) == 404
    assert await status(world.owner, "PATCH", f"{path}/members/nonsense", {"role": "admin"}) == 404
    assert "project_member.updated.v1" in await event_types(world.workspace_id)


async def test_grant_is_taken_away_or_given_up(status: Status, world: World, event_types: EventTypes) -> None:
    path = f"/projects/{(await world.project(visibility='private'))['id']}"
    for person in (world.guest, world.viewer):
        await world.api.made(world.owner, f"{path}/members", {"user_id": person, "role": "viewer"})
    assert await status(world.guest, "DELETE", f"{path}/members/{world.viewer}") == 403
    assert await status(world.guest, "DELETE", f"{path}/members/{world.guest}") == 204
    assert await status(world.guest, "GET", path) == 404
    assert await status(world.owner, "DELETE", f"{path}/members/{world.viewer}", If_Match='"2"') == 412
    assert await status(world.owner, "DELETE", f"{path}/members/{world.viewer}") == 204
    assert await status(world.viewer, "GET", path) == 404
    assert (await event_types(world.workspace_id))[-1] == "project_member.removed.v1"


async def test_grants_are_listed_page_by_page(api: Api, status: Status, world: World) -> None:
    path = f"/projects/{(await world.project())['id']}/members"
    team = await world.team("Ops")
    await api.made(world.owner, path, {"team_id": team, "role": "viewer"})
    first = (await api.send(world.viewer, "GET", f"{path}?limit=1")).json()
    second = (await api.send(world.viewer, "GET", f"{path}?limit=1&cursor={first['next_cursor']}")).json()
    listed = [(item["user_id"], item["team_id"]) for item in first["items"] + second["items"]]
    assert sorted(listed, key=str) == sorted([(world.owner, None), (None, team)], key=str)
    assert await status(world.guest, "GET", path) == 404
