"""Memberships that follow the groups of an identity provider, and those that do not."""

from collections.abc import Awaitable, Callable

import pytest

from taskyard.contracts.auth import PERSON_DELETED
from taskyard.contracts.groups import GROUPS_CLAIMED, GroupGrant, GroupsClaimed
from taskyard.kit.changelog import Change, announce
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.leases import Leases
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from taskyard.project.listeners import consumers
from taskyard.project.queries import group_members
from tests.project.conftest import Api, EventTypes, World

PROVIDER = new_id()
Claim = Callable[..., Awaitable[None]]


@pytest.fixture
async def claim(databases: dict[str, Database], world: World) -> Claim:
    """The auth service says what somebody's groups bring, and the project service has heard of it."""
    sequencer = Sequencer(databases["sequencer"], Leases(databases["sequencer"]), Signal(), lambda _: None)

    async def claim(person_id: str, role: str = "", *, by: str = "", provider: str = PROVIDER) -> None:
        grants = (GroupGrant(world.workspace_id, role, by or world.admin),) if role else ()
        data = GroupsClaimed(person_id, provider, grants)
        async with databases["auth"].transaction(Cause(actor_id=person_id)) as tx:
            await announce(tx, Change(type=GROUPS_CLAIMED, resource_id=new_id(), version=1, data=data))
        await follow(sequencer, databases)

    return claim


async def follow(sequencer: Sequencer, databases: dict[str, Database]) -> None:
    while await sequencer.place():
        pass
    for consumer in consumers():
        await catch_up(databases["project"], consumer)
    assert await databases["owner"].fetch_value("SELECT count(*) FROM project.dead_letters") == 0


async def role_of(api: Api, world: World, person_id: str) -> str | None:
    answer = await api.send(world.owner, "GET", f"{world.path}/members/{person_id}")
    return str(answer.json()["role"]) if answer.status_code == 200 else None


async def test_a_group_brings_a_role_changes_it_and_takes_it(
    api: Api, world: World, claim: Claim, event_types: EventTypes
) -> None:
    told = len(await event_types(world.workspace_id))
    roles = []
    for role in ("viewer", "viewer", "admin", "", ""):
        await claim(world.outsider, role)
        roles.append(await role_of(api, world, world.outsider))
    assert roles == ["viewer", "viewer", "admin", None, None]
    types = (await event_types(world.workspace_id))[told:]
    assert [kind for kind in types if kind.startswith("member.")] == [
        "member.added.v1",
        "member.updated.v1",
        "member.removed.v1",
    ]


async def test_what_was_given_by_hand_stays(api: Api, world: World, claim: Claim) -> None:
    await claim(world.viewer, "admin")
    assert await role_of(api, world, world.viewer) == "viewer"
    await claim(world.viewer)
    assert await role_of(api, world, world.viewer) == "viewer"


async def test_another_role_by_hand_follows_groups_no_more(api: Api, world: World, claim: Claim) -> None:
    await claim(world.outsider, "viewer")
    await api.send(world.owner, "PATCH", f"{world.path}/members/{world.outsider}", {"role": "member"})
    await claim(world.outsider)
    assert await role_of(api, world, world.outsider) == "member"


async def test_another_provider_takes_nothing(api: Api, world: World, claim: Claim) -> None:
    await claim(world.outsider, "viewer")
    await claim(world.outsider, provider=new_id())
    assert await role_of(api, world, world.outsider) == "viewer"


@pytest.mark.parametrize(("by", "role"), [("member", "viewer"), ("outsider", "viewer"), ("admin", "owner")])
async def test_a_group_brings_what_whoever_said_so_may_give(
    api: Api, world: World, claim: Claim, by: str, role: str
) -> None:
    someone = api.people.register("someone")
    await claim(someone, role, by=getattr(world, by))
    assert await role_of(api, world, someone) is None


async def test_who_was_let_in_stays_when_whoever_said_so_has_left(api: Api, world: World, claim: Claim) -> None:
    await claim(world.outsider, "viewer")
    await api.send(world.owner, "DELETE", f"{world.path}/members/{world.admin}")
    await claim(world.outsider, "member")
    assert await role_of(api, world, world.outsider) == "viewer"
    await claim(world.outsider)
    assert await role_of(api, world, world.outsider) is None


async def test_a_role_that_there_is_not_brings_nothing(api: Api, world: World, claim: Claim) -> None:
    await claim(world.outsider, "nonsense")
    assert await role_of(api, world, world.outsider) is None


async def test_whose_account_is_deleted_gets_no_place_afterwards() -> None:
    [consumer] = consumers()
    assert consumer.types == frozenset({PERSON_DELETED, GROUPS_CLAIMED})  # one reader, so in the order of the log


async def test_who_left_or_was_seated_by_hand_meanwhile_is_passed_over(
    api: Api, world: World, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def list_stale(_: Transaction, __: str, ___: str) -> list[str]:
        return [world.workspace_id]

    monkeypatch.setattr(group_members, "list_workspaces_by_provider", list_stale)
    await claim(world.outsider)
    await claim(world.viewer)
    assert await role_of(api, world, world.viewer) == "viewer"
