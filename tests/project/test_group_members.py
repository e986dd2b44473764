"""Memberships that follow the groups of an identity provider, and those that do not."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from taskyard.contracts.auth import IDENTITY_PROVIDER_DELETED, PERSON_DELETED
from taskyard.contracts.groups import GROUPS_CLAIMED, GroupGrant, GroupsClaimed
from taskyard.kit.changelog import Change, announce
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.leases import Leases
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from taskyard.project.actions import group_members as actions
from taskyard.project.jobs import member_handlers
from taskyard.project.listeners import consumers
from taskyard.project.queries import group_members
from tests.kit.log_writers import eventually, running
from tests.project.conftest import Api, EventTypes, World

PROVIDER = new_id()
Claim = Callable[..., Awaitable[None]]
DeleteProvider = Callable[[str], Awaitable[None]]


class Gone(msgspec.Struct, frozen=True):
    """The part of the event that matters here."""

    id: str


@pytest.fixture
def sequencer(databases: dict[str, Database]) -> Sequencer:
    return Sequencer(databases["sequencer"], Leases(databases["sequencer"]), Signal(), lambda _: None)


@pytest.fixture
async def claim(databases: dict[str, Database], world: World, sequencer: Sequencer) -> Claim:
    """The auth service says what somebody's groups bring, and the project service has heard of it."""

    async def claim(person_id: str, role: str = "", *, by: str = "", provider: str = PROVIDER) -> None:
        grants = (GroupGrant(world.workspace_id, role, by or world.admin),) if role else ()
        data = GroupsClaimed(person_id, provider, grants)
        async with databases["auth"].transaction(Cause(actor_id=person_id)) as tx:
            await announce(tx, Change(type=GROUPS_CLAIMED, resource_id=new_id(), version=1, data=data))
        await follow(sequencer, databases)

    return claim


@pytest.fixture
async def delete_provider(databases: dict[str, Database], world: World, sequencer: Sequencer) -> DeleteProvider:
    """The auth service says that a provider was deleted, and the project service has done what follows."""
    database = databases["project"]

    async def is_done() -> bool:
        waiting = "SELECT count(*) FROM jobs WHERE kind = 'end_groups' AND state = 'waiting'"
        return int(await database.fetch_value(waiting)) == 0

    async def delete_provider(provider_id: str) -> None:
        change = Change(type=IDENTITY_PROVIDER_DELETED, resource_id=provider_id, version=2, data=Gone(provider_id))
        async with databases["auth"].transaction(Cause(actor_id=world.admin)) as tx:
            await announce(tx, change)
        await follow(sequencer, databases)
        async with running(JobRunner(database, member_handlers(database), Signal()).run()):
            await eventually(is_done)

    return delete_provider


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
    # one reader, so in the order of the log
    assert consumer.types == frozenset({PERSON_DELETED, GROUPS_CLAIMED, IDENTITY_PROVIDER_DELETED})


async def test_who_left_or_was_seated_by_hand_meanwhile_is_passed_over(
    api: Api, world: World, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def list_stale(_: Transaction, __: str, ___: str) -> list[str]:
        return [world.workspace_id]

    monkeypatch.setattr(group_members, "list_workspaces_by_provider", list_stale)
    await claim(world.outsider)
    await claim(world.viewer)
    assert await role_of(api, world, world.viewer) == "viewer"


async def test_a_deleted_provider_takes_what_its_groups_brought_and_nothing_else(
    *, api: Api, world: World, claim: Claim, delete_provider: DeleteProvider, event_types: EventTypes
) -> None:
    mine, another = new_id(), new_id()
    raised, elsewhere = api.people.register("raised"), api.people.register("elsewhere")
    await claim(world.outsider, "viewer", provider=mine)
    await claim(raised, "viewer", provider=mine)
    await api.send(world.owner, "PATCH", f"{world.path}/members/{raised}", {"role": "member"})
    await claim(world.viewer, "admin", provider=mine)
    await claim(elsewhere, "guest", provider=another)
    told = len(await event_types(world.workspace_id))
    for _ in range(2):  # told again, as after a restore
        await delete_provider(mine)
        people = (world.outsider, raised, world.viewer, elsewhere)
        assert [await role_of(api, world, one) for one in people] == [None, "member", "viewer", "guest"]
    assert (await event_types(world.workspace_id))[told:] == ["access.lost.v1", "member.removed.v1"]


async def test_a_deleted_provider_takes_all_in_portions_by_whoever_deleted_it(
    *,
    api: Api,
    world: World,
    claim: Claim,
    delete_provider: DeleteProvider,
    databases: dict[str, Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    provider, people = new_id(), [api.people.register(f"p{number}") for number in range(4)]
    for person in people:
        await claim(person, "viewer", provider=provider)
    await delete_provider(provider)
    assert {await role_of(api, world, person) for person in people} == {None}
    removed = (
        "SELECT actor_id::text, origin FROM log.events WHERE type = 'member.removed.v1' AND workspace_id = $1::uuid"
    )
    rows = await databases["owner"].fetch(removed, world.workspace_id)
    assert [tuple(row) for row in rows] == [(world.admin, "automation")] * 4
