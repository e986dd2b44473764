"""The audit trail: entries that nobody changes, each with a hash that covers the one before it."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from taskyard.auth.models.audit import AuditEntry, Verification
from taskyard.auth.permissions import require_administrator, require_own_account
from taskyard.auth.queries import audit as queries
from taskyard.auth.queries.users import is_administrator
from taskyard.contracts.access import Permission
from taskyard.contracts.audit import AUDITED
from taskyard.kit.changelog import Event, event_from
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.ids import LOWEST_ID, is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied
from taskyard.kit.queries.consumers import list_events_until

OF_ACCOUNTS = LOWEST_ID
"""The chain of what concerns accounts; each workspace has its own, of its id."""
BATCH = 1_000


async def record(tx: Transaction, after: int, until: int) -> None:
    """Write down what the events of a span of the log say, each at the end of its chain."""
    chains = defaultdict[str, list[Event]](list)
    for row in await list_events_until(tx, after, until, sorted(AUDITED)):
        event = event_from(row)
        chains[event.workspace_id or OF_ACCOUNTS].append(event)
    addresses = await queries.list_addresses(tx, after, until) if chains else {}
    for chain_id, events in sorted(chains.items()):
        await _extend(tx, chain_id, events, addresses)


async def _extend(tx: Transaction, chain_id: str, events: Sequence[Event], addresses: Mapping[int, str]) -> None:
    head = await queries.lock_head(tx, chain_id)
    links: list[tuple[AuditEntry, bytes]] = []
    present = head.hash
    for number, event in enumerate(events, head.number + 1):
        entry = _entry_of(event, number, addresses.get(event.position))
        present = hash_of(present, entry)
        links.append((entry, present))
    await queries.append_entries(tx, chain_id, links)


def _entry_of(event: Event, number: int, address: str | None) -> AuditEntry:
    return AuditEntry(
        number=number,
        type=event.type,
        actor_id=event.actor_id,
        person_id=event.audience_id,
        project_id=event.project_id,
        resource_id=event.resource_id,
        at=event.at,
        address=address,
        request_id=event.request_id,
        changes=event.changes,
    )


def hash_of(before: bytes, entry: AuditEntry) -> bytes:
    """The hash of an entry after another one."""
    return hashlib.sha256(before + msgspec.json.encode(entry, order="deterministic")).digest()


async def list_own(db: Statements, caller: Principal, before: int, limit: int) -> list[AuditEntry]:
    """What happened to the caller's own account, the newest first."""
    require_own_account(caller, "audit:read")
    return await queries.list_entries(db, OF_ACCOUNTS, caller.id, before, limit)


async def list_of_accounts(
    db: Statements, caller: Principal, person_id: str | None, before: int, limit: int
) -> list[AuditEntry]:
    """What happened to all accounts, or to one, for administrators alone, the newest first."""
    require_administrator(is_administrator=await is_administrator(db, caller.id))
    return await queries.list_entries(db, OF_ACCOUNTS, person_id, before, limit)


async def list_of_workspace(
    db: Statements, caller: Principal, workspace_id: str, before: int, limit: int
) -> list[AuditEntry]:
    """What happened in a workspace, the newest first. Raises NotFound and PermissionDenied."""
    await _require_reading(db, caller, workspace_id)
    return await queries.list_entries(db, workspace_id, None, before, limit)


async def verify(database: Database, caller: Principal, workspace_id: str) -> Verification:
    """Look through the trail of a workspace. Raises NotFound and PermissionDenied."""
    await _require_reading(database, caller, workspace_id)
    return await verify_chain(database, workspace_id)


async def verify_accounts(database: Database, caller: Principal) -> Verification:
    """Look through the trail of accounts, for administrators alone."""
    require_administrator(is_administrator=await is_administrator(database, caller.id))
    return await verify_chain(database, OF_ACCOUNTS)


async def verify_chain(db: Statements, chain_id: str) -> Verification:
    """Compute every hash of a chain again, up to the end that it had when that began."""
    head = await queries.find_head(db, chain_id) or queries.Link(0, b"")
    number, present = 0, b""
    while number < head.number:
        batch = await queries.list_chain(db, chain_id, number, BATCH)
        for entry, stored in batch:
            present = hash_of(present, entry)
            if entry.number != number + 1 or stored != present:
                return Verification(False, head.number, number + 1, head.hash.hex())  # noqa: FBT003 - a row
            number += 1
            if number == head.number:
                break
        if not batch:
            return Verification(False, head.number, number + 1, head.hash.hex())  # noqa: FBT003 - a row
    is_intact = present == head.hash
    return Verification(is_intact, head.number, None if is_intact else number, head.hash.hex())


async def _require_reading(db: Statements, caller: Principal, workspace_id: str) -> None:
    """The trail of a workspace is for who manages its members, and for administrators of the deployment.

    A credential that is limited to projects reaches neither.
    """
    held = await queries.find_held(db, caller.access_id, workspace_id) if is_id(workspace_id) else Permission(0)
    if caller.project_ids is None and (Permission.WORKSPACE_MEMBERS in held or await _administers(db, caller)):
        return
    if not held:
        raise NotFound
    raise PermissionDenied("Your role or your credential lacks the permission workspace_members.")


async def _administers(db: Statements, caller: Principal) -> bool:
    """Whether an administrator asks, by a credential that reaches accounts."""
    may_see_accounts = caller.scopes is None or "users:read" in caller.scopes
    return may_see_accounts and await is_administrator(db, caller.id)
