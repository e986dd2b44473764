"""Statements on the keys that sign access tokens."""

from datetime import datetime
from typing import TypeAlias

from taskyard.kit.database import Statements

NewKey: TypeAlias = tuple[str, str, bytes]
"""kid, public JWK as JSON, encrypted private key."""


async def lock_keys(tx: Statements) -> None:
    """Let one process at a time change the keys, until its transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('auth.signing_keys'))")


async def find_active_key(db: Statements) -> tuple[str, bytes] | None:
    """The kid and encrypted private key that sign now."""
    row = await db.fetch_row("SELECT kid, private_key_encrypted FROM signing_keys WHERE state = 'active'")
    return (row[0], row[1]) if row else None


async def find_state_since(db: Statements, state: str) -> datetime | None:
    """Since when the newest key of a state is in it."""
    since: datetime | None = await db.fetch_value("SELECT max(state_since) FROM signing_keys WHERE state = $1", state)
    return since


async def find_public_key(db: Statements, kid: str) -> str | None:
    """One public key as JSON."""
    key: str | None = await db.fetch_value("SELECT public_jwk FROM signing_keys WHERE kid = $1", kid)
    return key


async def list_public_keys(db: Statements) -> list[str]:
    """Public keys as JSON: of the tokens in use, and of those to come."""
    rows = await db.fetch("SELECT public_jwk FROM signing_keys ORDER BY created_at, kid")
    return [row[0] for row in rows]


async def insert_key(tx: Statements, key: NewKey, state: str, at: datetime) -> None:
    """Write a key."""
    await tx.execute(
        """
        INSERT INTO signing_keys (kid, public_jwk, private_key_encrypted, state, created_at, state_since)
        VALUES ($1, $2, $3, $4, $5, $5)
        """,
        *key,
        state,
        at,
    )


async def change_state(tx: Statements, before: str, after: str, at: datetime) -> None:
    """Move the keys of one state to the next."""
    await tx.execute("UPDATE signing_keys SET state = $2, state_since = $3 WHERE state = $1", before, after, at)


async def delete_retired_keys(tx: Statements, before: datetime) -> None:
    """Forget keys whose last token has expired."""
    await tx.execute("DELETE FROM signing_keys WHERE state = 'retiring' AND state_since < $1", before)
