"""What follows for workspaces when an account is deleted."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from taskyard.contracts.auth import PERSON_DELETED
from taskyard.kit.changelog import Change, announce
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.leases import Leases
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from taskyard.project.listeners import consumers
from taskyard.project.queries import members
from tests.project.conftest import Api, EventTypes, Status, World

Delete = Callable[[str], Awaitable[None]]


@pytest.fixture
async def delete(databases: dict[str, Database]) -> Delete:
    """The auth service says that an account was deleted, and the project service has heard of it."""
    sequencer = Sequencer(databases["sequencer"], Leases(databases["sequencer"]), Signal(), lambda _: None)

    async def delete(person_id: str) -> None:
        async with databases["auth"].transaction(Cause(actor_id=person_id)) as tx:
            change = Change(type=PERSON_DELETED, resource_id=person_id, version=2, data=Erased(person_id))
            await announce(tx, change)
        while await sequencer.place():
            pass
        for consumer in consumers():
            await catch_up(databases["project"], consumer)

    return delete


class Erased(msgspec.Struct, frozen=True):
    """The part of the event that matters here."""

    id: str


async def test_who_is_deleted_leaves_workspace_teams_and_projects(
    api: Api, world: World, status: Status, delete: Delete, event_types: EventTypes
) -> None:
    project = await world.project(visibility="private")
    await world.team("Night shift", world.member)
    await api.made(world.owner, f"/projects/{project['id']}/members", {"user_id": world.member, "role": "member"})
    told = len(await event_types(world.workspace_id))
    await delete(world.member)
    assert await status(world.owner, "GET", f"{world.path}/members/{world.member}") == 404
    assert await status(world.member, "GET", f"/projects/{project['id']}") == 404
    assert (await event_types(world.workspace_id))[told:] == [
        "team_member.removed.v1",
        "project_member.removed.v1",
        "access.lost.v1",
        "member.removed.v1",
    ]


async def test_everybody_else_stays(api: Api, world: World, delete: Delete) -> None:
    await delete(world.outsider)
    await delete(world.viewer)
    items = (await api.send(world.owner, "GET", f"{world.path}/members")).json()["items"]
    assert {item["user_id"] for item in items} == {world.owner, world.admin, world.member, world.guest}


async def test_a_second_owner_leaves_and_the_last_one_stays(world: World, status: Status, delete: Delete) -> None:
    assert await status(world.owner, "PATCH", f"{world.path}/members/{world.admin}", {"role": "owner"}) == 200
    await delete(world.owner)
    assert await status(world.admin, "GET", f"{world.path}/members/{world.owner}") == 404
    await delete(world.admin)
    assert await status(world.member, "GET", f"{world.path}/members/{world.admin}") == 200


async def test_who_left_meanwhile_is_passed_over(
    world: World, delete: Delete, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def list_stale(_: Transaction, __: str) -> list[str]:
        return [world.workspace_id]

    monkeypatch.setattr(members, "list_workspaces_of_person", list_stale)
    await delete(world.outsider)
    left = await databases["owner"].fetch_value("SELECT count(*) FROM project.dead_letters")
    assert left == 0
