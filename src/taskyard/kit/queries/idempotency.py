"""Statements on a service's own ``idempotency_keys``."""

from datetime import datetime

import asyncpg

from taskyard.kit.database import Statements


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


async def insert_answer(
    tx: Statements, scope: bytes, fingerprint: bytes, answer: tuple[int, str, bytes], at: datetime
) -> None:
    """Keep an answer beside its effect; an expired one of the same key is replaced."""
    await tx.execute(
        """
        INSERT INTO idempotency_keys (scope, fingerprint, status, headers, body, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (scope) DO UPDATE SET fingerprint = $2, status = $3, headers = $4, body = $5, created_at = $6
        """,
        scope,
        fingerprint,
        *answer,
        at,
    )


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
