"""The published views every service verifies credentials by."""

from datetime import datetime

import asyncpg

from taskyard.kit.database import Statements


async def list_signing_keys(db: Statements) -> list[asyncpg.Record]:
    """Public keys of access tokens: ``kid`` and ``public_jwk`` (JSON text)."""
    return await db.fetch("SELECT kid, public_jwk FROM auth.signing_keys_v1")


async def list_service_keys(db: Statements) -> list[asyncpg.Record]:
    """Ed25519 public keys of the services: ``service`` and ``public_key`` (32 bytes)."""
    return await db.fetch("SELECT service, public_key FROM auth.service_keys_v1")


async def list_revoked_credentials(db: Statements, since: datetime) -> list[str]:
    """What was revoked since an instant and may still be remembered or unexpired.

    Sessions, API keys, OAuth clients, and what binds these to service accounts.
    """
    rows = await db.fetch(
        """
        SELECT credential_id::text FROM auth.revoked_credentials_v3 WHERE revoked_at >= $1
        UNION ALL SELECT client_id::text FROM auth.deleted_clients_v1 WHERE deleted_at >= $1
        """,
        since,
    )
    return [row[0] for row in rows]


async def list_changed_credentials(db: Statements, since: datetime) -> dict[str, int]:
    """The versions of the API keys that were changed since an instant."""
    rows = await db.fetch(
        "SELECT credential_id::text, version FROM auth.changed_credentials_v1 WHERE changed_at >= $1", since
    )
    return {row[0]: row[1] for row in rows}


async def find_browser_session(
    db: Statements, cookie_hash: bytes, at: datetime, idle_since: datetime
) -> tuple[str, str, datetime, datetime, datetime, bool] | None:
    """The live session a cookie stands for: session, person, when they signed in, last use, end, if it is strong."""
    row = await db.fetch_row(
        """
        SELECT session_id::text, person_id::text, signed_in_at, last_seen_at, expires_at, is_strong
          FROM auth.browser_sessions_v2
         WHERE cookie_hash = $1 AND expires_at > $2 AND last_seen_at > $3
        """,
        cookie_hash,
        at,
        idle_since,
    )
    return (row[0], row[1], row[2], row[3], row[4], row[5]) if row else None


async def note_session_use(db: Statements, session_id: str, at: datetime) -> None:
    """Let a session live on, because it is used."""
    await db.execute("SELECT auth.note_session_use_v1($1, $2)", session_id, at)
