"""The audit trail: what it keeps, who reads it, and that no entry can be changed unnoticed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from taskyard.auth.actions.audit import OF_ACCOUNTS, verify_chain
from taskyard.auth.jobs import forget_expired
from taskyard.auth.listeners import consumers
from taskyard.contracts.access import BUILT_IN_ROLES
from taskyard.contracts.audit import AUDITED
from taskyard.contracts.project import MEMBER_ADDED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Cause, Database
from taskyard.kit.ids import new_id
from taskyard.kit.leases import Leases
from taskyard.kit.principal import Principal
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from tests.auth.conftest import Auth, issue

Settle = Callable[[], Awaitable[None]]


@pytest.fixture
async def settle(databases: dict[str, Database]) -> Settle:
    """Lets the trail keep everything that was announced so far."""
    sequencer = Sequencer(databases["sequencer"], Leases(databases["sequencer"]), Signal(), lambda _: None)

    async def settle() -> None:
        while await sequencer.place():
            pass
        for consumer in consumers():
            await catch_up(databases["auth"], consumer)

    return settle


class Membership(msgspec.Struct, frozen=True):
    """The part of a membership's event that matters here."""

    id: str


class Company:
    """A workspace with an admin and a member, of whom the project service would have told."""

    def __init__(self, owner: Database) -> None:
        self.owner = owner
        self.id, self.admin, self.member = new_id(), new_id(), new_id()

    async def build(self) -> None:
        now = clock.now()
        await self.owner.execute(
            "INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)"
            " VALUES ($1, $4, 'Acme', $2, $3, $3)",
            self.id,
            self.admin,
            now,
            self.id,
        )
        for person, role in ((self.admin, "admin"), (self.member, "member")):
            role_id = new_id()
            await self.owner.execute(
                "INSERT INTO project.roles (workspace_id, id, key, name, permissions) VALUES ($1, $2, $3, $3, $4)",
                self.id,
                role_id,
                role,
                int(BUILT_IN_ROLES[role]),
            )
            await self.owner.execute(
                "INSERT INTO project.subjects (person_id, subject_id, workspace_id) VALUES ($1, $2, $3)",
                person,
                role_id,
                self.id,
            )

    async def announce(self, times: int = 1) -> None:
        """The project service says that somebody joined."""
        cause = Cause(actor_id=self.admin, request_id="joined", address="192.0.2.9")
        for _ in range(times):
            async with self.owner.transaction(cause) as tx:
                data = Membership(new_id())
                change = Change(type=MEMBER_ADDED, resource_id=data.id, version=1, data=data, workspace_id=self.id)
                await announce(tx, change)


@pytest.fixture
async def company(databases: dict[str, Database]) -> Company:
    made = Company(databases["owner"])
    await made.build()
    return made


async def read(auth: Auth, person: str | Principal, path: str) -> Any:
    principal = Principal(id=person) if isinstance(person, str) else person
    return await auth.send_as(principal, "GET", path)


async def test_an_account_sees_its_own_trail(auth: Auth, settle: Settle) -> None:
    person, tokens = await auth.someone()
    await auth.someone()
    await auth.post("/auth/login", {"email": person["email"], "password": "wrong wrong wrong wrong"})
    await issue(auth, tokens["access_token"])
    await settle()
    items = (await auth.send("GET", "/audit", token=tokens["access_token"])).json()["items"]
    kinds = ["api_key.created.v1", "sign_in.failed.v1", "session.started.v1", "person.registered.v1"]
    assert [item["type"] for item in items] == kinds
    assert {item["person_id"] for item in items} == {person["id"]}
    assert {item["address"] for item in items} == {"127.0.0.1"}
    assert all(item["request_id"] for item in items)
    assert [item["actor_id"] for item in items] == [person["id"], None, person["id"], person["id"]]


async def test_a_failure_of_an_unknown_account_is_kept_too(
    auth: Auth, settle: Settle, databases: dict[str, Database]
) -> None:
    await auth.post("/auth/login", {"email": f"{new_id()}@example.com", "password": "wrong wrong wrong wrong"})
    await settle()
    row = await databases["owner"].fetch_row(
        "SELECT type, person_id, address FROM auth.audit_entries WHERE chain_id = $1 ORDER BY number DESC LIMIT 1",
        OF_ACCOUNTS,
    )
    assert row is not None
    assert tuple(row) == ("sign_in.failed.v1", None, "127.0.0.1")


async def test_who_manages_members_reads_the_trail_of_a_workspace(auth: Auth, settle: Settle, company: Company) -> None:
    await company.announce()
    await settle()
    path = f"/audit?workspace_id={company.id}"
    (item,) = (await read(auth, company.admin, path)).json()["items"]
    assert (item["type"], item["actor_id"], item["address"]) == (MEMBER_ADDED, company.admin, "192.0.2.9")
    limited = Principal(id=company.admin, project_ids=frozenset({new_id()}))
    narrow = Principal(id=company.admin, scopes=frozenset({"tasks:read"}))
    asked = (company.member, new_id(), limited, narrow)
    for kind in ("/audit", "/audit/verify"):
        answers = [await read(auth, one, f"{kind}?workspace_id={company.id}") for one in asked]
        assert [answer.status_code for answer in answers] == [403, 404, 403, 403]


async def test_the_trail_comes_in_pages(auth: Auth, settle: Settle, company: Company) -> None:
    await company.announce(3)
    await settle()
    path = f"/audit?workspace_id={company.id}&limit=2"
    page = (await read(auth, company.admin, path)).json()
    rest = (await read(auth, company.admin, f"{path}&cursor={page['next_cursor']}")).json()
    assert [item["number"] for item in page["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
    for query in ("limit=0", "cursor=forged", "workspace_id=x"):
        assert (await read(auth, company.admin, f"/audit?{query}")).status_code == 422


async def test_an_untouched_trail_is_intact(
    auth: Auth, settle: Settle, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.auth.actions.audit.BATCH", 2)
    path = f"/audit/verify?workspace_id={company.id}"
    assert (await read(auth, company.admin, path)).json() == {
        "is_intact": True,
        "entries": 0,
        "broken_at": None,
        "head": "",
    }
    await company.announce(5)
    await settle()
    answer = (await read(auth, company.admin, path)).json()
    assert (answer["is_intact"], answer["entries"], len(answer["head"])) == (True, 5, 64)


CHANGES = '{"a": {"from": 1, "to": 2}}'
TAMPERING = [
    (1, f"UPDATE auth.audit_entries SET changes = '{CHANGES}' WHERE chain_id = $1 AND number = 1"),  # noqa: S608 - ours
    (1, "UPDATE auth.audit_entries SET hash = ''::bytea WHERE chain_id = $1 AND number = 1"),
    (2, "UPDATE auth.audit_entries SET actor_id = NULL WHERE chain_id = $1 AND number = 2"),
    (2, "DELETE FROM auth.audit_entries WHERE chain_id = $1 AND number = 2"),
    (3, "UPDATE auth.audit_entries SET address = '198.51.100.1' WHERE chain_id = $1 AND number = 3"),
    (3, "DELETE FROM auth.audit_entries WHERE chain_id = $1 AND number = 3"),
    (3, "UPDATE auth.audit_heads SET hash = ''::bytea WHERE chain_id = $1"),
]


@pytest.mark.parametrize("tampered", TAMPERING)
async def test_tampering_is_noticed(
    auth: Auth, settle: Settle, company: Company, databases: dict[str, Database], tampered: tuple[int, str]
) -> None:
    await company.announce(3)
    await settle()
    broken_at, statement = tampered
    await databases["owner"].execute(statement, company.id)
    answer = (await read(auth, company.admin, f"/audit/verify?workspace_id={company.id}")).json()
    assert (answer["is_intact"], answer["broken_at"]) == (False, broken_at)


async def test_the_service_itself_cannot_rewrite_it(auth: Auth, settle: Settle, company: Company) -> None:
    await company.announce()
    await settle()
    for statement in (
        "UPDATE audit_entries SET actor_id = NULL",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await auth.database.execute(statement)


async def test_the_chain_of_accounts_holds_under_parallel_sign_ins(
    auth: Auth, settle: Settle, databases: dict[str, Database]
) -> None:
    await asyncio.gather(*(auth.register(f"P{number}") for number in range(10)))
    await asyncio.gather(settle(), settle())
    verification = await verify_chain(databases["auth"], OF_ACCOUNTS)
    assert verification.is_intact
    assert verification.entries >= 10


async def test_addresses_of_events_are_forgotten_after_a_day(
    auth: Auth, settle: Settle, databases: dict[str, Database]
) -> None:
    await databases["owner"].execute("DELETE FROM log.event_origins")  # other tests leave some of a later time
    await auth.register()
    await settle()
    clock.travel(timedelta(days=1, minutes=1))
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value("SELECT count(*) FROM log.event_origins") == 0


def test_what_concerns_tasks_is_not_kept() -> None:
    assert not [kind for kind in AUDITED if kind.startswith(("task.", "comment."))]


async def test_administrators_read_every_trail(
    auth: Auth, settle: Settle, company: Company, databases: dict[str, Database]
) -> None:
    boss, _ = await auth.someone()
    other, _ = await auth.someone()
    await company.announce()
    path = f"/audit?workspace_id={company.id}"
    accounts = f"/audit/accounts?person_id={other['id']}"
    assert [(await read_status(auth, boss["id"], one)) for one in (path, accounts)] == [404, 403]
    await databases["owner"].execute("UPDATE auth.people SET is_administrator = true WHERE id = $1", boss["id"])
    assert (await auth.send_as(Principal(id=boss["id"]), "POST", f"/users/{other['id']}/disable")).status_code == 200
    await settle()
    assert [item["type"] for item in (await read(auth, boss["id"], path)).json()["items"]] == [MEMBER_ADDED]
    told = (await read(auth, boss["id"], accounts)).json()["items"]
    assert {item["person_id"] for item in told} == {other["id"]}
    assert ("person.disabled.v1", boss["id"]) in [(item["type"], item["actor_id"]) for item in told]
    assert (await read(auth, boss["id"], f"/audit/verify?workspace_id={company.id}")).json()["is_intact"]
    assert (await read(auth, boss["id"], "/audit/accounts/verify")).json()["is_intact"]


async def test_an_administrators_program_needs_the_scope(
    auth: Auth, company: Company, databases: dict[str, Database]
) -> None:
    boss, _ = await auth.someone()
    await databases["owner"].execute("UPDATE auth.people SET is_administrator = true WHERE id = $1", boss["id"])
    paths = (f"/audit?workspace_id={company.id}", "/audit/accounts", "/audit/accounts/verify")
    narrow = Principal(id=boss["id"], scopes=frozenset({"audit:read"}))
    assert [await read_status(auth, narrow, path) for path in paths] == [404, 403, 403]
    wide = Principal(id=boss["id"], scopes=frozenset({"audit:read", "users:read"}))
    assert [await read_status(auth, wide, path) for path in paths] == [200, 200, 200]


async def test_the_trail_of_accounts_is_paged(auth: Auth, settle: Settle, databases: dict[str, Database]) -> None:
    boss, _ = await auth.someone()
    await databases["owner"].execute("UPDATE auth.people SET is_administrator = true WHERE id = $1", boss["id"])
    await settle()
    first = (await read(auth, boss["id"], "/audit/accounts?limit=1")).json()
    second = (await read(auth, boss["id"], f"/audit/accounts?limit=1&cursor={first['next_cursor']}")).json()
    assert first["items"][0]["number"] > second["items"][0]["number"]


async def read_status(auth: Auth, person: str | Principal, path: str) -> int:
    return int((await read(auth, person, path)).status_code)
