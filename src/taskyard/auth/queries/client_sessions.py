"""Statements on the sessions of OAuth clients: what people allowed them."""

from datetime import datetime
from typing import TypeAlias

from taskyard.auth.models import Client
from taskyard.kit.database import Statements

NewClientSession: TypeAlias = tuple[str, str, str, str | None, datetime, list[str], str | None, datetime, datetime]
"""id, person, client, the browser's session, when they signed in, scopes, resource, time, absolute expiry."""


async def insert_client_session(tx: Statements, values: NewClientSession, client: Client) -> list[str] | None:
    """Begin a session of an OAuth client, unless the person or the session it depends on is no more.

    Both stay locked against that until the transaction ends. Gives how the person signed in (RFC 8176).
    """
    methods: list[str] | None = await tx.fetch_value(
        """
        WITH login AS (SELECT methods FROM sessions WHERE id = $4 AND revoked_at IS NULL FOR SHARE)
        INSERT INTO sessions (id, person_id, client_id, parent_id, signed_in_at, scopes, resource,
                              created_at, last_seen_at, expires_at, address, user_agent, methods)
        SELECT $1, p.id, $3, $4, $5, $6, $7, $8, $8, $9, $10::text::inet, $11,
               coalesce((SELECT methods FROM login), '{}')
          FROM people p
         WHERE p.id = $2 AND p.disabled_at IS NULL AND ($4::uuid IS NULL OR EXISTS (SELECT FROM login))
           FOR SHARE OF p
        RETURNING methods
        """,
        *values,
        client.address,
        client.user_agent,
    )
    return methods


async def is_session_live(db: Statements, session_id: str, at: datetime) -> bool:
    """Whether a session has neither ended nor been ended."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2)",
            session_id,
            at,
        )
    )


async def revoke_sessions_of_client(tx: Statements, client_id: str, at: datetime, reason: str) -> list[tuple[str, str]]:
    """End every live session of a client; their ids, and whose they were. Uses sessions_of_client."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = $2, revoked_reason = $3
         WHERE client_id = $1 AND revoked_at IS NULL RETURNING id::text, person_id::text
        """,
        client_id,
        at,
        reason,
    )
    return [(row[0], row[1]) for row in rows]
