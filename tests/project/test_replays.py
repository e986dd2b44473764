"""A stored answer is given again only to who may still do what it is about."""

from collections.abc import Awaitable, Callable

import pytest

from taskyard.contracts.people import Person
from taskyard.kit.ids import new_id
from tests.project.conftest import Api, Status, World

Prepare = Callable[[World], Awaitable[str]]


async def _project(world: World) -> str:
    return f"/projects/{(await world.project())['id']}"


async def _project_member(world: World) -> str:
    project = await world.project()
    await world.api.made(world.owner, f"/projects/{project['id']}/members", {"user_id": world.guest})
    return f"/projects/{project['id']}/members/{world.guest}"


async def _team(world: World) -> str:
    return f"/teams/{await world.team('Ops')}"


async def _team_member(world: World) -> str:
    return f"/teams/{await world.team('Ops', world.viewer)}/members/{world.viewer}"


async def _member(world: World) -> str:
    return f"{world.path}/members/{world.viewer}"


async def _invitation(world: World) -> str:
    body = {"email": f"late-{new_id()}@example.com"}
    answer = await world.api.send(world.owner, "POST", f"{world.path}/members", body)
    return f"{world.path}/invitations/{answer.json()['id']}"


@pytest.mark.parametrize("prepare", [_project, _project_member, _team, _team_member, _member, _invitation])
async def test_deletion_is_replayed_until_the_permission_is_lost(
    status: Status, world: World, prepare: Prepare
) -> None:
    path = await prepare(world)
    answers = [await status(world.admin, "DELETE", path, Idempotency_Key="d") for _ in range(2)]
    await status(world.owner, "PATCH", f"{world.path}/members/{world.admin}", {"role": "viewer"})
    lost = await status(world.admin, "DELETE", path, Idempotency_Key="d")
    await status(world.owner, "DELETE", f"{world.path}/members/{world.admin}")
    gone = await status(world.admin, "DELETE", path, Idempotency_Key="d")
    assert answers == [204, 204]
    assert lost in {403, 404}
    assert gone == 404


async def test_deletion_of_a_workspace_is_not_replayed_to_who_was_no_owner(status: Status, world: World) -> None:
    await status(world.owner, "PATCH", f"{world.path}/members/{world.admin}", {"role": "owner"})
    assert await status(world.admin, "DELETE", world.path, Idempotency_Key="d") == 204
    assert await status(world.admin, "DELETE", world.path, Idempotency_Key="d") == 204
    async with world.api.database.transaction() as tx:
        await tx.execute("DELETE FROM members WHERE person_id = $1::uuid", world.admin)
    assert await status(world.admin, "DELETE", world.path, Idempotency_Key="d") == 404


async def test_who_left_gets_the_answer_again(status: Status, world: World) -> None:
    project = await world.project()
    await world.api.made(world.owner, f"/projects/{project['id']}/members", {"user_id": world.guest})
    for path in (f"/projects/{project['id']}/members/{world.guest}", f"{world.path}/members/{world.guest}"):
        assert await status(world.guest, "DELETE", path, Idempotency_Key="leave") == 204
        assert await status(world.guest, "DELETE", path, Idempotency_Key="leave") == 204


async def test_new_workspace_is_not_shown_again_to_who_left_it(api: Api, status: Status, world: World) -> None:
    body = {"name": "Mine", "slug": f"w-{new_id()}"}
    made = (await api.send(world.outsider, "POST", "/workspaces", body, Idempotency_Key="w")).json()
    path = f"/workspaces/{made['id']}/members"
    assert await status(world.outsider, "POST", "/workspaces", body, Idempotency_Key="w") == 201
    email = api.people.known[world.owner].email
    await api.made(world.outsider, path, {"email": email, "role": "owner"})
    await status(world.owner, "DELETE", f"{path}/{world.outsider}")
    assert await status(world.outsider, "POST", "/workspaces", body, Idempotency_Key="w") == 404


async def test_accepted_invitation_is_not_shown_again_to_who_was_sent_away(
    api: Api, status: Status, world: World
) -> None:
    email = f"late-{new_id()}@example.com"
    invitation = (await api.send(world.owner, "POST", f"{world.path}/members", {"email": email})).json()
    person = Person(id=new_id(), email=email, name="Late")
    api.people.known[person.id] = person
    path = f"/invitations/{invitation['id']}/accept"
    assert await status(person.id, "POST", path, Idempotency_Key="a") == 201
    assert await status(person.id, "POST", path, Idempotency_Key="a") == 201
    await status(world.owner, "DELETE", f"{world.path}/members/{person.id}")
    assert await status(person.id, "POST", path, Idempotency_Key="a") == 404
