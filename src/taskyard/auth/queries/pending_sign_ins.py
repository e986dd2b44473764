"""Statements on sign-ins that wait for a second factor, of whose tokens only hashes are stored."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from taskyard.kit.database import Statements

NewPending: TypeAlias = tuple[str, bytes, str, int, datetime, tuple[str, ...]]
"""id, token hash, person, the version of the credentials that were right, expiry, by what they were proved."""


class PendingSignIn(msgspec.Struct, frozen=True):
    """A sign-in half way, and what it was begun with."""

    id: str
    person_id: str
    credentials_version: int
    methods: tuple[str, ...]


async def insert_pending(tx: Statements, values: NewPending) -> None:
    """Remember that a first factor was right."""
    await tx.execute(
        """
        INSERT INTO pending_sign_ins (id, token_hash, person_id, credentials_version, expires_at, methods)
        VALUES ($1, $2, $3, $4, $5, $6::text[])
        """,
        *values,
    )


async def find_pending_for_update(tx: Statements, token_hash: bytes, at: datetime) -> PendingSignIn | None:
    """A sign-in that still waits, locked: parallel codes take turns."""
    row = await tx.fetch_row(
        """
        SELECT id::text, person_id::text, credentials_version, methods FROM pending_sign_ins
         WHERE token_hash = $1 AND expires_at > $2 FOR UPDATE
        """,
        token_hash,
        at,
    )
    return PendingSignIn(row[0], row[1], row[2], tuple(row[3])) if row else None


async def count_wrong_code(tx: Statements, pending_id: str) -> int:
    """Note one more wrong code of a sign-in; how many there are."""
    count: int = await tx.fetch_value(
        "UPDATE pending_sign_ins SET wrong_codes = wrong_codes + 1 WHERE id = $1 RETURNING wrong_codes", pending_id
    )
    return count


async def delete_pending(tx: Statements, pending_id: str) -> None:
    """Let a sign-in wait no more."""
    await tx.execute("DELETE FROM pending_sign_ins WHERE id = $1", pending_id)


async def delete_pending_expired_before(db: Statements, instant: datetime) -> None:
    """Forget sign-ins nobody went on with."""
    await db.execute("DELETE FROM pending_sign_ins WHERE expires_at < $1", instant)
