"""Statements on sessions."""

from datetime import datetime
from typing import TypeAlias

from taskyard.auth.models import Client, Session
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal

NewSession: TypeAlias = tuple[str, str, int, datetime, datetime, tuple[str, ...]]
"""id, person, the version of the credentials that were verified, time, absolute expiry, methods."""


async def insert_session(tx: Statements, values: NewSession, client: Client) -> bool:
    """Begin a session, unless the person was disabled or changed their credentials meanwhile.

    The person's row stays locked against both until the transaction ends.
    """
    row = await tx.fetch_row(
        """
        INSERT INTO sessions (id, person_id, created_at, last_seen_at, expires_at, methods, address, user_agent)
        SELECT $1, p.id, $4, $4, $5, $6::text[], $7::text::inet, $8
          FROM people p WHERE p.id = $2 AND p.credentials_version = $3 AND p.disabled_at IS NULL FOR SHARE OF p
        RETURNING 1
        """,
        *values,
        client.address,
        client.user_agent,
    )
    return row is not None


async def find_client_of_session(db: Statements, session_id: str) -> Client | None:
    """Where a session was begun."""
    row = await db.fetch_row("SELECT host(address), user_agent FROM sessions WHERE id = $1", session_id)
    return Client(*row) if row else None


async def bind_cookie(tx: Statements, session_id: str, cookie_hash: bytes) -> None:
    """Let a cookie stand for a session."""
    await tx.execute("UPDATE sessions SET cookie_hash = $2 WHERE id = $1", session_id, cookie_hash)


async def touch_session(tx: Statements, session_id: str, at: datetime) -> None:
    """Note that a session was used."""
    await tx.execute("UPDATE sessions SET last_seen_at = $2 WHERE id = $1", session_id, at)


async def list_sessions(db: Statements, caller: Principal, at: datetime, before: str, limit: int) -> list[Session]:
    """The live sessions of the caller, newest first. Uses sessions_of_person."""
    rows = await db.fetch(
        """
        SELECT s.id::text, s.created_at, s.last_seen_at, s.expires_at, host(s.address), s.user_agent,
               c.id::text, c.name
          FROM sessions s LEFT JOIN oauth_clients c ON c.id = s.client_id
         WHERE s.person_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.id < $3::uuid
         ORDER BY s.id DESC LIMIT $4
        """,
        caller.id,
        at,
        before,
        limit,
    )
    return [
        Session(
            id=row[0],
            created_at=row[1],
            last_seen_at=row[2],
            expires_at=row[3],
            address=row[4],
            user_agent=row[5],
            current=row[0] == caller.session_id,
            client_id=row[6],
            client_name=row[7],
        )
        for row in rows
    ]


async def revoke_session(tx: Statements, session_id: str, person_id: str, at: datetime, reason: str) -> list[str]:
    """End one session of a person, and those of clients that were to end with it; the ids of all."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = $3, revoked_reason = $4
         WHERE person_id = $2 AND revoked_at IS NULL
           AND (id = $1 OR (parent_id = $1 AND NOT 'offline_access' = ANY(scopes)))
        RETURNING id::text
        """,
        session_id,
        person_id,
        at,
        reason,
    )
    return [row[0] for row in rows]


async def move_clients(tx: Statements, session_id: str, successor_id: str, person_id: str) -> None:
    """Let what a person allowed clients in one session of a browser depend on the next one."""
    await tx.execute(
        "UPDATE sessions SET parent_id = $2 WHERE parent_id = $1 AND person_id = $3",
        session_id,
        successor_id,
        person_id,
    )


async def revoke_sessions_of(
    tx: Statements, person_id: str, at: datetime, reason: str, *, kept: str | None
) -> list[str]:
    """End every live session of a person, one apart where that is said; their ids."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = $2, revoked_reason = $3
         WHERE person_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $4::uuid RETURNING id::text
        """,
        person_id,
        at,
        reason,
        kept,
    )
    return [row[0] for row in rows]


async def delete_sessions_ended_before(db: Statements, instant: datetime, limit: int) -> int:
    """Forget up to ``limit`` sessions that ended before an instant, with their tokens; how many."""
    count: int = await db.fetch_value(
        """
        WITH ended AS (
            SELECT id FROM sessions WHERE expires_at < $1 OR revoked_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
        ), tokens AS (
            DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM ended)
        ), gone AS (
            DELETE FROM sessions WHERE id IN (SELECT id FROM ended) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        instant,
        limit,
    )
    return count
