"""Statements on what binds OAuth clients to service accounts."""

from datetime import datetime

import asyncpg
import msgspec

from taskyard.auth.models.oauth import Binding
from taskyard.kit.database import Statements

_COLUMNS = "b.id::text, b.client_id::text, c.name, b.account_id::text, b.scopes, b.created_by::text, b.created_at"
_SOURCE = "oauth_bindings b JOIN oauth_clients c ON c.id = b.client_id"


class Bound(msgspec.Struct, frozen=True):
    """A binding, where its service account belongs (None: that is deleted), and whether the account is let in."""

    binding: Binding
    workspace_id: str | None
    is_active: bool


async def insert_binding(tx: Statements, binding: Binding) -> None:
    """Write a binding."""
    await tx.execute(
        """
        INSERT INTO oauth_bindings (id, client_id, account_id, scopes, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        binding.id,
        binding.client_id,
        binding.account_id,
        binding.scopes,
        binding.created_by,
        binding.created_at,
    )


async def find_binding(db: Statements, client_id: str) -> Bound | None:
    """What a client is bound to. Uses oauth_bindings_of_client."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS}, a.workspace_id::text, coalesce(a.is_active, false)
          FROM {_SOURCE} LEFT JOIN project.service_accounts_v1 a ON a.account_id = b.account_id
         WHERE b.client_id = $1 AND b.ended_at IS NULL
        """,
        client_id,
    )
    return Bound(_binding(row), row[7], row[8]) if row else None


async def list_bindings(db: Statements, account_id: str, after: str, limit: int) -> list[Binding]:
    """The clients that act as a service account, oldest first. Uses oauth_bindings_of_account."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM {_SOURCE}
         WHERE b.account_id = $1 AND b.ended_at IS NULL AND b.id > $2::uuid ORDER BY b.id LIMIT $3
        """,
        account_id,
        after,
        limit,
    )
    return [_binding(row) for row in rows]


async def is_binding_live(db: Statements, binding_id: str) -> bool:
    """Whether neither a binding nor its service account has ended."""
    return bool(
        await db.fetch_value(
            """
            SELECT EXISTS (
                SELECT FROM oauth_bindings b JOIN project.service_accounts_v1 a ON a.account_id = b.account_id
                 WHERE b.id = $1 AND b.ended_at IS NULL AND a.is_active)
            """,
            binding_id,
        )
    )


async def end_binding(tx: Statements, binding_id: str, at: datetime) -> None:
    """End a binding; its tokens are refused from now on."""
    await tx.execute("UPDATE oauth_bindings SET ended_at = $2 WHERE id = $1", binding_id, at)


def _binding(row: asyncpg.Record) -> Binding:
    return Binding(
        id=row[0],
        client_id=row[1],
        client_name=row[2],
        account_id=row[3],
        scopes=row[4],
        created_by=row[5],
        created_at=row[6],
    )
