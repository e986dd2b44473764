"""Statements on refresh tokens, of which only hashes are stored."""

from datetime import datetime

import msgspec

from taskyard.kit.database import Statements


class StoredToken(msgspec.Struct, frozen=True):
    """A refresh token and what decides about it."""

    session_id: str
    person_id: str
    started_at: datetime
    session_expires_at: datetime
    expires_at: datetime
    used_at: datetime | None
    is_ended: bool
    methods: list[str]
    client_id: str | None
    scopes: list[str] | None
    resource: str | None
    login_id: str | None


async def insert_refresh_token(
    tx: Statements, token_hash: bytes, session_id: str, issued_at: datetime, expires_at: datetime
) -> None:
    """Write a token; a successor that is there already stays as it is."""
    await tx.execute(
        """
        INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (token_hash) DO NOTHING
        """,
        token_hash,
        session_id,
        issued_at,
        expires_at,
    )


_STORED = """
        SELECT s.id::text, s.person_id::text, coalesce(s.signed_in_at, s.created_at), s.expires_at, t.expires_at,
               t.used_at, s.revoked_at IS NOT NULL OR p.disabled_at IS NOT NULL, s.methods,
               s.client_id::text, s.scopes, s.resource, s.parent_id::text
          FROM refresh_tokens t
          JOIN sessions s ON s.id = t.session_id
          JOIN people p ON p.id = s.person_id
         WHERE t.token_hash = $1
    """


async def find_token(db: Statements, token_hash: bytes) -> StoredToken | None:
    """A token with its session."""
    row = await db.fetch_row(_STORED, token_hash)
    return StoredToken(*row) if row else None


async def find_token_for_update(tx: Statements, token_hash: bytes) -> StoredToken | None:
    """A token with its session, both locked: parallel refreshes of one session take turns."""
    row = await tx.fetch_row(f"{_STORED} FOR UPDATE OF s, t", token_hash)
    return StoredToken(*row) if row else None


async def mark_token_used(tx: Statements, token_hash: bytes, at: datetime) -> None:
    """Note the first use of a token."""
    await tx.execute("UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1", token_hash, at)


async def delete_tokens_expired_before(db: Statements, instant: datetime, limit: int) -> int:
    """Forget up to ``limit`` tokens nobody could use since an instant; how many. Uses refresh_tokens_by_expiry."""
    count: int = await db.fetch_value(
        """
        WITH gone AS (
            DELETE FROM refresh_tokens
             WHERE token_hash IN (SELECT token_hash FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)
            RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        instant,
        limit,
    )
    return count
