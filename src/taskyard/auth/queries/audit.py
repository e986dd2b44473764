"""Statements on the audit trail."""

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


async def append_entry(tx: Statements, chain_id: str, entry: AuditEntry, entry_hash: bytes) -> None:
    """Write an entry at the end of a chain whose head is locked."""
    await tx.execute(
        """
        WITH moved AS (
            UPDATE audit_heads SET number = $2, hash = $12 WHERE chain_id = $1
        )
        INSERT INTO audit_entries (chain_id, number, type, actor_id, person_id, project_id, resource_id, at, address,
                                   request_id, changes, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        chain_id,
        entry.number,
        entry.type,
        entry.actor_id,
        entry.person_id,
        entry.project_id,
        entry.resource_id,
        entry.at,
        entry.address,
        entry.request_id,
        msgspec.json.encode(entry.changes).decode(),
        entry_hash,
    )


async def find_address(db: Statements, position: int) -> str | None:
    """From where the event at a place of the log was caused."""
    address: str | None = await db.fetch_value("SELECT address FROM log.origins_v1 WHERE position = $1", position)
    return address


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
