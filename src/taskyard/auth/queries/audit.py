"""Statements on the audit trail."""

from collections.abc import Sequence

import msgspec
from asyncpg import Record

from taskyard.auth.models.audit import AuditEntry
from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.changelog import FieldChange
from taskyard.kit.database import Statements

_COLUMNS = """
    e.number, e.type, e.actor_id::text, e.person_id::text, e.project_id::text, e.resource_id::text, e.at, e.address,
    e.request_id, e.changes, e.hash
"""
_HELD = f"SELECT {PERMISSIONS_IN_WORKSPACE.format(workspace='$2::uuid', who='$1')}"


class Link(msgspec.Struct, frozen=True):
    """The last entry of a chain: its number and its hash."""

    number: int
    hash: bytes


async def lock_head(tx: Statements, chain_id: str) -> Link:
    """The end of a chain, begun where there is none, kept until the end of the transaction."""
    row = await tx.fetch_row(
        """
        INSERT INTO audit_heads AS h (chain_id, number, hash) VALUES ($1, 0, ''::bytea)
        ON CONFLICT (chain_id) DO UPDATE SET number = h.number RETURNING number, hash
        """,
        chain_id,
    )
    if row is None:
        raise LookupError("an upsert always returns its row")
    return Link(row[0], row[1])


async def find_head(db: Statements, chain_id: str) -> Link | None:
    """The end of a chain."""
    row = await db.fetch_row("SELECT number, hash FROM audit_heads WHERE chain_id = $1", chain_id)
    return Link(row[0], row[1]) if row else None


async def append_entries(tx: Statements, chain_id: str, links: Sequence[tuple[AuditEntry, bytes]]) -> None:
    """Write entries, in order, at the end of a chain whose head is locked."""
    entries = [entry for entry, _ in links]
    last, last_hash = links[-1]
    await tx.execute(
        """
        WITH moved AS (
            UPDATE audit_heads SET number = $2, hash = $3 WHERE chain_id = $1
        )
        INSERT INTO audit_entries (chain_id, number, type, actor_id, person_id, project_id, resource_id, at, address,
                                   request_id, changes, hash)
        SELECT $1, * FROM unnest($4::bigint[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[],
                                 $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::bytea[])
        """,
        chain_id,
        last.number,
        last_hash,
        [entry.number for entry in entries],
        [entry.type for entry in entries],
        [entry.actor_id for entry in entries],
        [entry.person_id for entry in entries],
        [entry.project_id for entry in entries],
        [entry.resource_id for entry in entries],
        [entry.at for entry in entries],
        [entry.address for entry in entries],
        [entry.request_id for entry in entries],
        [msgspec.json.encode(entry.changes).decode() for entry in entries],
        [entry_hash for _, entry_hash in links],
    )


async def list_addresses(db: Statements, after: int, until: int) -> dict[int, str]:
    """From where the events of a span of the log were caused, by their places; of some it is not known."""
    rows = await db.fetch(
        "SELECT position, address FROM log.origins_v1 WHERE position > $1 AND position <= $2 AND address IS NOT NULL",
        after,
        until,
    )
    return {row[0]: row[1] for row in rows}


async def list_entries(
    db: Statements, chain_id: str, person_id: str | None, before: int, limit: int
) -> list[AuditEntry]:
    """Entries of a chain, or those of it about one person's account, the newest first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_entries e
         WHERE e.chain_id = $1 AND ($2::uuid IS NULL OR e.person_id = $2::uuid) AND e.number < $3
         ORDER BY e.number DESC LIMIT $4
        """,
        chain_id,
        person_id,
        before,
        limit,
    )
    return [_entry(row) for row in rows]


async def list_chain(db: Statements, chain_id: str, after: int, limit: int) -> list[tuple[AuditEntry, bytes]]:
    """The next entries of a chain with their hashes, the oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM audit_entries e WHERE e.chain_id = $1 AND e.number > $2 ORDER BY e.number LIMIT $3",
        chain_id,
        after,
        limit,
    )
    return [(_entry(row), row[10]) for row in rows]


async def find_held(db: Statements, person_id: str, workspace_id: str) -> Permission:
    """What somebody holds in a workspace."""
    return Permission(await db.fetch_value(_HELD, person_id, workspace_id))


def _entry(row: Record) -> AuditEntry:
    changes = msgspec.json.decode(row[9], type=dict[str, FieldChange])
    return AuditEntry(*(*row[:9], changes))
