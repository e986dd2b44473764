"""Statements on API keys."""

from datetime import datetime

import msgspec

from taskyard.auth.models import ApiKey
from taskyard.kit.database import Statements

_COLUMNS = """
    k.id::text, k.name, k.prefix, k.scopes, k.project_ids::text[], k.ip_allow, k.owner_id::text, k.created_by::text,
    k.created_at, k.updated_at, k.expires_at, k.last_used_at, k.replaced_by::text, k.is_strong, k.version
"""


class StoredKey(msgspec.Struct, frozen=True):
    """A key that is not revoked, with what decides about a request that has it."""

    key: ApiKey
    owner_kind: str
    workspace_id: str | None
    """That of a service account."""
    secret_hmac: bytes


async def insert_api_key(tx: Statements, key: ApiKey, owner_kind: str, secret_hmac: bytes) -> None:
    """Write a new key."""
    await tx.execute(
        """
        INSERT INTO api_keys (id, name, prefix, scopes, project_ids, ip_allow, owner_id, created_by, created_at,
                              updated_at, expires_at, owner_kind, secret_hmac, is_strong)
        VALUES ($1, $2, $3, $4, $5::text[]::uuid[], $6, $7, $8, $9, $9, $10, $11, $12, $13)
        """,
        key.id,
        key.name,
        key.prefix,
        key.scopes,
        key.project_ids,
        key.ip_allow,
        key.owner_id,
        key.created_by,
        key.created_at,
        key.expires_at,
        owner_kind,
        secret_hmac,
        key.is_strong,
    )


async def count_api_keys(db: Statements, owner_id: str) -> int:
    """How many keys an owner has that are not revoked. Uses api_keys_of_owner."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM api_keys WHERE owner_id = $1 AND revoked_at IS NULL", owner_id
    )
    return count


async def find_api_key(db: Statements, key_id: str, owner_id: str, *, lock: bool = False) -> ApiKey | None:
    """A key of an owner that is not revoked; ``lock`` keeps the row for a change."""
    sql = f"SELECT {_COLUMNS} FROM api_keys k WHERE k.id = $1 AND k.owner_id = $2 AND k.revoked_at IS NULL"
    row = await db.fetch_row(sql + " FOR UPDATE" if lock else sql, key_id, owner_id)
    return ApiKey(*row) if row else None


async def find_key_to_open(db: Statements, key_id: str) -> StoredKey | None:
    """A key that is not revoked and whose owner, a person or a service account, is not disabled."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS}, k.owner_kind, a.workspace_id::text, k.secret_hmac
          FROM api_keys k LEFT JOIN people p ON p.id = k.owner_id
          LEFT JOIN project.service_accounts_v1 a ON a.account_id = k.owner_id AND k.owner_kind <> 'person'
         WHERE k.id = $1 AND k.revoked_at IS NULL
           AND CASE k.owner_kind WHEN 'person' THEN p.id IS NOT NULL AND p.disabled_at IS NULL ELSE a.is_active END
        """,
        key_id,
    )
    return StoredKey(ApiKey(*row[:-3]), *row[-3:]) if row else None


async def list_api_keys(db: Statements, owner_id: str, after: str, limit: int) -> list[ApiKey]:
    """The keys of an owner that are not revoked, oldest first. Uses api_keys_of_owner."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM api_keys k
         WHERE k.owner_id = $1 AND k.revoked_at IS NULL AND k.id > $2::uuid ORDER BY k.id LIMIT $3
        """,
        owner_id,
        after,
        limit,
    )
    return [ApiKey(*row) for row in rows]


async def update_api_key(tx: Statements, key: ApiKey) -> None:
    """Store the next version of a key."""
    await tx.execute(
        """
        UPDATE api_keys SET name = $2, scopes = $3, project_ids = $4::text[]::uuid[], ip_allow = $5, expires_at = $6,
                            replaced_by = $7, updated_at = $8, version = $9
         WHERE id = $1
        """,
        key.id,
        key.name,
        key.scopes,
        key.project_ids,
        key.ip_allow,
        key.expires_at,
        key.replaced_by,
        key.updated_at,
        key.version,
    )


async def revoke_api_key(tx: Statements, key: ApiKey) -> None:
    """End a key for good."""
    await tx.execute(
        "UPDATE api_keys SET revoked_at = $2, updated_at = $2, version = $3 WHERE id = $1",
        key.id,
        key.updated_at,
        key.version,
    )


async def note_uses(db: Statements, key_ids: list[str], at: datetime, unless_since: datetime) -> None:
    """Remember that keys were used, unless that was written a moment ago."""
    await db.execute(
        """
        UPDATE api_keys SET last_used_at = $2
         WHERE id = ANY($1::uuid[]) AND (last_used_at IS NULL OR last_used_at <= $3)
        """,
        key_ids,
        at,
        unless_since,
    )


async def delete_keys_ended_before(db: Statements, instant: datetime, limit: int) -> int:
    """Forget up to ``limit`` keys that were revoked before an instant; how many."""
    count: int = await db.fetch_value(
        """
        WITH gone AS (
            DELETE FROM api_keys
             WHERE id IN (SELECT id FROM api_keys WHERE revoked_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        instant,
        limit,
    )
    return count
