"""Statements on authorization codes, of which only hashes are stored."""

from datetime import datetime

import msgspec

from taskyard.auth.models.oauth import Asked, Grant
from taskyard.kit.database import Statements


class RedeemedCode(msgspec.Struct, frozen=True):
    """A code that was used just now, for the first time, and what it must be used with."""

    grant: Grant
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires_at: datetime


async def insert_code(tx: Statements, code_hash: bytes, asked: Asked, grant: Grant, expires_at: datetime) -> None:
    """Write a code."""
    await tx.execute(
        """
        INSERT INTO oauth_codes (code_hash, client_id, person_id, login_id, signed_in_at, redirect_uri, scopes,
            resource, nonce, challenge, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        code_hash,
        grant.client_id,
        grant.person_id,
        grant.login_id,
        grant.signed_in_at,
        asked.redirect_uri,
        grant.scopes,
        grant.resource,
        asked.nonce,
        asked.challenge,
        expires_at,
    )


async def use_code(
    tx: Statements, code_hash: bytes, client_id: str, session_id: str, at: datetime
) -> RedeemedCode | None:
    """Use a client's code for a session, of many callers for one; None when there is none, or it was used before."""
    row = await tx.fetch_row(
        """
        UPDATE oauth_codes SET used_at = $4, session_id = $3
         WHERE code_hash = $1 AND client_id = $2 AND used_at IS NULL
        RETURNING client_id::text, person_id::text, login_id::text, signed_in_at, scopes, resource,
                  redirect_uri, challenge, nonce, expires_at
        """,
        code_hash,
        client_id,
        session_id,
        at,
    )
    if row is None:
        return None
    grant = Grant(
        client_id=row[0], person_id=row[1], login_id=row[2], signed_in_at=row[3], scopes=row[4], resource=row[5]
    )
    return RedeemedCode(grant, row[6], row[7], row[8], row[9])


async def find_session_of_code(db: Statements, code_hash: bytes, client_id: str) -> tuple[str, str] | None:
    """The session that a client's code became, and whose it is."""
    row = await db.fetch_row(
        """
        SELECT session_id::text, person_id::text FROM oauth_codes
         WHERE code_hash = $1 AND client_id = $2 AND used_at IS NOT NULL
        """,
        code_hash,
        client_id,
    )
    return (row[0], row[1]) if row else None


async def delete_codes_before(db: Statements, instant: datetime) -> None:
    """Forget codes that expired before an instant. Uses oauth_codes_by_expiry."""
    await db.execute("DELETE FROM oauth_codes WHERE expires_at < $1", instant)
