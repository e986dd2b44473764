"""Members and invitations through the door."""

import pytest

from taskyard.contracts.people import Person
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.project.actions.invitations import accept_invitations
from tests.project.conftest import Api, EventTypes, Status, World


async def test_person_is_added_at_once(api: Api, world: World) -> None:
    email = api.people.known[world.outsider].email
    body = {"email": email, "role": "viewer"}
    response = await api.send(world.admin, "POST", f"{world.path}/members", body, Idempotency_Key="m")
    assert response.status_code == 201
    assert (response.json()["user_id"], response.json()["role"]) == (world.outsider, "viewer")
    again = await api.send(world.admin, "POST", f"{world.path}/members", body, Idempotency_Key="m")
    assert again.json() == response.json()
    twice = await api.send(world.admin, "POST", f"{world.path}/members", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_member")


async def test_who_may_add_members(status: Status, api: Api, world: World) -> None:
    path = f"{world.path}/members"
    for person, expected in [(world.member, 403), (world.viewer, 403), (world.guest, 403), (world.outsider, 404)]:
        assert await status(person, "POST", path, {"email": "x@example.com"}) == expected
    email = api.people.known[world.outsider].email
    assert await status(world.admin, "POST", path, {"email": email, "role": "owner"}) == 403
    assert await status(world.admin, "POST", path, {"email": email, "role": "emperor"}) == 422
    assert await status(world.admin, "POST", path, {"email": "no address"}) == 422
    assert await status(world.admin, "POST", path, {"email": "new@example.com", "role": "owner"}) == 403
    scoped = Principal(id=world.admin, scopes=frozenset({"workspaces:write"}))
    assert await status(scoped, "POST", path, {"email": email}) == 403


async def test_members_are_listed_with_names(api: Api, status: Status, world: World) -> None:
    gone = api.people.known.pop(world.viewer)
    first = (await api.send(world.member, "GET", f"{world.path}/members?limit=3")).json()
    rest = (await api.send(world.member, "GET", f"{world.path}/members?cursor={first['next_cursor']}")).json()
    names = {item["user_id"]: item["name"] for item in first["items"] + rest["items"]}
    assert len(names) == 5
    assert (names[world.owner], names[gone.id]) == ("owner", None)
    assert await status(world.guest, "GET", f"{world.path}/members") == 403
    assert await status(world.outsider, "GET", f"{world.path}/members/{world.owner}") == 404
    assert await status(world.member, "GET", f"{world.path}/members/{world.outsider}") == 404
    assert await status(world.member, "GET", f"{world.path}/members/nonsense") == 404


async def test_role_changes_and_bites_at_once(api: Api, status: Status, world: World) -> None:
    path = f"{world.path}/members/{world.member}"
    assert await status(world.admin, "PATCH", path, {"role": "admin"}, If_Match='"7"') == 412
    response = await api.send(world.admin, "PATCH", path, {"role": "admin"}, If_Match='"1"')
    assert (response.status_code, response.json()["role"], response.json()["version"]) == (200, "admin", 2)
    assert await status(world.member, "PATCH", world.path, {"name": "Mine"}) == 200
    same = await api.send(world.admin, "PATCH", path, {"role": "admin"})
    assert same.json()["version"] == 2
    assert await status(world.viewer, "PATCH", path, {"role": "viewer"}) == 403


async def test_only_owners_make_and_unmake_owners(status: Status, world: World) -> None:
    assert await status(world.admin, "PATCH", f"{world.path}/members/{world.member}", {"role": "owner"}) == 403
    assert await status(world.admin, "PATCH", f"{world.path}/members/{world.owner}", {"role": "member"}) == 403
    assert await status(world.admin, "DELETE", f"{world.path}/members/{world.owner}") == 403
    assert await status(world.owner, "PATCH", f"{world.path}/members/{world.admin}", {"role": "owner"}) == 200
    assert await status(world.admin, "PATCH", f"{world.path}/members/{world.owner}", {"role": "member"}) == 200


async def test_last_owner_stays(api: Api, world: World) -> None:
    path = f"{world.path}/members/{world.owner}"
    for response in (
        await api.send(world.owner, "PATCH", path, {"role": "admin"}),
        await api.send(world.owner, "DELETE", path),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "last_owner")


async def test_removed_member_loses_everything(status: Status, world: World, event_types: EventTypes) -> None:
    team = await world.team("Ops", world.member)
    project = await world.project(visibility="private")
    await world.api.made(world.owner, f"/projects/{project['id']}/members", {"user_id": world.member})
    assert await status(world.member, "GET", f"/projects/{project['id']}") == 200
    assert await status(world.viewer, "DELETE", f"{world.path}/members/{world.member}") == 403
    assert await status(world.admin, "DELETE", f"{world.path}/members/{world.member}", If_Match='"2"') == 412
    assert await status(world.admin, "DELETE", f"{world.path}/members/{world.member}") == 204
    for path in (world.path, f"/projects/{project['id']}", f"/teams/{team}"):
        assert await status(world.member, "GET", path) == 404
    assert (await event_types(world.workspace_id))[-4:] == [
        "team_member.removed.v1",
        "project_member.removed.v1",
        "access.lost.v1",
        "member.removed.v1",
    ]
    assert await status(world.admin, "DELETE", f"{world.path}/members/{world.member}") == 404


async def test_everybody_may_leave(status: Status, world: World) -> None:
    limited = Principal(id=world.guest, project_ids=frozenset({new_id()}))
    assert await status(limited, "DELETE", f"{world.path}/members/{world.guest}") == 403
    assert await status(world.guest, "DELETE", f"{world.path}/members/{world.guest}") == 204
    assert await status(world.guest, "GET", world.path) == 404


async def invited(api: Api, world: World, role: str = "member") -> tuple[str, str]:
    email = f"Late-{new_id()}@Example.com"
    response = await api.send(world.admin, "POST", f"{world.path}/members", {"email": email, "role": role})
    assert response.status_code == 202
    return email, response.json()["id"]


async def test_unknown_address_is_invited_and_accepts(api: Api, world: World, event_types: EventTypes) -> None:
    email, invitation_id = await invited(api, world)
    twice = await api.send(world.admin, "POST", f"{world.path}/members", {"email": email.upper()})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_invited")
    person = Person(id=new_id(), email=email, name="Late")
    api.people.known[person.id] = person
    mine = (await api.send(person.id, "GET", "/invitations")).json()["items"]
    assert [item["id"] for item in mine] == [invitation_id]
    response = await api.send(person.id, "POST", f"/invitations/{invitation_id}/accept")
    assert (response.status_code, response.json()["role"]) == (201, "member")
    assert (await api.send(person.id, "GET", world.path)).status_code == 200
    assert (await api.send(person.id, "POST", f"/invitations/{invitation_id}/accept")).status_code == 404
    assert (await event_types(world.workspace_id))[-2:] == ["invitation.accepted.v1", "member.added.v1"]


async def test_invitation_is_for_its_address_alone(status: Status, api: Api, world: World) -> None:
    _, invitation_id = await invited(api, world)
    assert await status(world.outsider, "POST", f"/invitations/{invitation_id}/accept") == 404
    assert await status(world.outsider, "POST", "/invitations/nonsense/accept") == 404
    assert await status(new_id(), "GET", "/invitations") == 404
    limited = Principal(id=world.outsider, project_ids=frozenset({new_id()}))
    assert await status(limited, "POST", f"/invitations/{invitation_id}/accept") == 403


async def test_member_cannot_accept_again(api: Api, world: World) -> None:
    email, invitation_id = await invited(api, world)
    known = api.people.known[world.member]
    api.people.known[world.member] = Person(id=known.id, email=email, name=known.name)
    response = await api.send(world.member, "POST", f"/invitations/{invitation_id}/accept")
    assert (response.status_code, response.json()["code"]) == (409, "already_member")


async def test_adding_a_registered_person_closes_their_invitation(
    api: Api, world: World, event_types: EventTypes
) -> None:
    email, _ = await invited(api, world)
    person = Person(id=new_id(), email=email, name="Late")
    api.people.known[person.id] = person
    await api.made(world.admin, f"{world.path}/members", {"email": email})
    listed = (await api.send(world.admin, "GET", f"{world.path}/invitations")).json()
    assert listed["items"] == []
    assert (await event_types(world.workspace_id))[-2:] == ["invitation.accepted.v1", "member.added.v1"]


async def test_address_of_a_private_network_can_be_added(api: Api, world: World) -> None:
    person = Person(id=new_id(), email=f"ada-{new_id()}@intranet", name="Ada")
    api.people.known[person.id] = person
    response = await api.send(world.admin, "POST", f"{world.path}/members", {"email": person.email})
    assert (response.status_code, response.json()["user_id"]) == (201, person.id)


async def test_invitation_is_withdrawn(status: Status, api: Api, world: World, event_types: EventTypes) -> None:
    email, invitation_id = await invited(api, world)
    path = f"{world.path}/invitations"
    assert (await api.send(world.admin, "GET", path)).json()["items"][0]["email"] == email.casefold()
    assert await status(world.member, "GET", path) == 403
    assert await status(world.member, "DELETE", f"{path}/{invitation_id}") == 403
    assert await status(world.admin, "DELETE", f"{path}/nonsense") == 404
    assert await status(world.admin, "DELETE", f"{path}/{invitation_id}") == 204
    assert await status(world.admin, "DELETE", f"{path}/{invitation_id}") == 404
    assert (await event_types(world.workspace_id))[-1] == "invitation.withdrawn.v1"


async def test_registration_accepts_every_invitation(api: Api, world: World) -> None:
    email, _ = await invited(api, world, "viewer")
    async with api.database.transaction() as tx:
        accepted = await accept_invitations(tx, new_id(), email)
    assert [member.role for member in accepted] == ["viewer"]


@pytest.mark.parametrize("body", [{}, {"email": "a@example.com", "name": "A"}, {"email": 7}])
async def test_malformed_member_is_refused(status: Status, world: World, body: object) -> None:
    assert await status(world.owner, "POST", f"{world.path}/members", body) == 422
