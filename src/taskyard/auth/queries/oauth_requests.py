"""Statements on pushed authorization requests (RFC 9126)."""

from datetime import datetime

import msgspec

from taskyard.kit.database import Statements


async def insert_request(
    tx: Statements, handle_hash: bytes, client_id: str, parameters: dict[str, str], expires_at: datetime
) -> None:
    """Keep a request for a while."""
    await tx.execute(
        "INSERT INTO oauth_requests (handle_hash, client_id, parameters, expires_at) VALUES ($1, $2, $3::jsonb, $4)",
        handle_hash,
        client_id,
        msgspec.json.encode(parameters).decode(),
        expires_at,
    )


async def find_request(db: Statements, handle_hash: bytes, client_id: str, at: datetime) -> dict[str, str] | None:
    """The parameters of a request of a client that was not used yet."""
    text: str | None = await db.fetch_value(
        """
        SELECT parameters FROM oauth_requests
         WHERE handle_hash = $1 AND client_id = $2 AND expires_at > $3 AND used_at IS NULL
        """,
        handle_hash,
        client_id,
        at,
    )
    return None if text is None else msgspec.json.decode(text, type=dict[str, str])


async def use_request(tx: Statements, handle_hash: bytes, at: datetime) -> bool:
    """Use a request, once and in time."""
    row = await tx.fetch_row(
        """
        UPDATE oauth_requests SET used_at = $2
         WHERE handle_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING 1
        """,
        handle_hash,
        at,
    )
    return row is not None


async def delete_requests_before(db: Statements, instant: datetime) -> None:
    """Forget requests that expired before an instant. Uses oauth_requests_by_expiry."""
    await db.execute("DELETE FROM oauth_requests WHERE expires_at < $1", instant)
