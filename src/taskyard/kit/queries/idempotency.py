"""Statements on a service's own ``idempotency_keys``."""

from datetime import datetime
from typing import TypeAlias

import asyncpg

from taskyard.kit.database import Statements

KeptAnswer: TypeAlias = tuple[bytes, bytes, int, str, bytes, datetime]
"""The scope of a key, the fingerprint of what was asked with it, then status, headers and body, and when."""
KEY = "idempotency_keys_pkey"
"""The constraint by which a key has one answer."""
_ANSWER = ("bytea", "bytea", "smallint", "jsonb", "bytea", "timestamptz")


async def try_lock(tx: Statements, lock: int) -> bool:
    """Claim a key for this transaction without waiting."""
    return bool(await tx.fetch_value("SELECT pg_try_advisory_xact_lock($1)", lock))


async def find_answer(tx: Statements, scope: bytes, not_before: datetime) -> asyncpg.Record | None:
    """The stored answer of a key, unless it is too old."""
    return await tx.fetch_row(
        "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = $1 AND created_at >= $2",
        scope,
        not_before,
    )


async def insert_answer(tx: Statements, kept: KeptAnswer, not_before: datetime) -> bool:
    """Keep an answer beside its effect; only an expired one of the same key is replaced. False where one is kept."""
    tag = await tx.execute(
        """
        INSERT INTO idempotency_keys AS k (scope, fingerprint, status, headers, body, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (scope) DO UPDATE SET fingerprint = $2, status = $3, headers = $4, body = $5, created_at = $6
            WHERE k.created_at < $7
        """,
        *kept,
        not_before,
    )
    return tag == "INSERT 0 1"


def unless_kept(scope: int) -> str:
    """A condition of a statement that writes: no answer is kept under the key whose scope is this parameter."""
    return f"NOT EXISTS (SELECT FROM idempotency_keys WHERE scope = ${scope}::bytea)"


def with_answer(written: str, first: int) -> str:
    """A CTE that keeps an answer when the CTE ``written`` has a row; its values are parameters from ``first`` on.

    Where another request keeps one under the same key at this moment, the statement waits for it and fails.
    """
    values = ", ".join(f"${number}::{kind}" for number, kind in enumerate(_ANSWER, first))
    return f"""
        kept AS (
            INSERT INTO idempotency_keys (scope, fingerprint, status, headers, body, created_at)
            SELECT {values} FROM {written}
        )
    """


async def delete_answers_before(db: Statements, before: datetime, limit: int) -> int:
    """Forget old answers; how many went."""
    tag = await db.execute(
        """
        DELETE FROM idempotency_keys WHERE scope IN
            (SELECT scope FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)
        """,
        before,
        limit,
    )
    return int(tag.split()[-1])
