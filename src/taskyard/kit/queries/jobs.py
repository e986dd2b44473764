"""Statements on a service's own ``jobs``. Due times are business time and bound; leases run by the database's clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from taskyard.kit.database import Statements


async def insert_job(  # noqa: PLR0913 - the columns of one row, by keyword
    tx: Statements,
    *,
    job_id: str,
    kind: str,
    unique_key: str | None,
    payload: str,
    due_at: datetime,
    max_attempts: int,
) -> bool:
    """Queue a job; False when one with the same key was queued before."""
    tag = await tx.execute(
        """
        INSERT INTO jobs (id, kind, unique_key, payload, due_at, max_attempts) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (unique_key) DO NOTHING
        """,
        job_id,
        kind,
        unique_key,
        payload,
        due_at,
        max_attempts,
    )
    return tag == "INSERT 0 1"


async def claim_jobs(
    db: Statements, due_by: datetime, kinds: Sequence[str], lease: timedelta, limit: int
) -> list[asyncpg.Record]:
    """Lease the jobs that are longest due and nobody works on. Reads index jobs_due."""
    return await db.fetch(
        """
        WITH due AS MATERIALIZED (
            SELECT id FROM jobs
             WHERE state = 'waiting' AND due_at <= $1 AND kind = ANY($2::text[]) AND attempts < max_attempts
               AND (leased_until IS NULL OR leased_until <= clock_timestamp())
             ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs j SET attempts = attempts + 1, lease_number = lease_number + 1,
                          leased_until = clock_timestamp() + $3
          FROM due WHERE j.id = due.id
        RETURNING j.id::text, kind, lease_number, payload, due_at, attempts, max_attempts
        """,
        due_by,
        kinds,
        lease,
        limit,
    )


async def renew_job(db: Statements, job_id: str, number: int, lease: timedelta) -> bool:
    """Prolong the lease of a job; False when another runner claimed it since."""
    tag = await db.execute(
        "UPDATE jobs SET leased_until = clock_timestamp() + $3 WHERE id = $1 AND lease_number = $2",
        job_id,
        number,
        lease,
    )
    return tag == "UPDATE 1"


async def finish_job(tx: Statements, job_id: str, number: int, at: datetime) -> bool:
    """Mark a job done; False, and nothing happens, when its lease went to another runner."""
    tag = await tx.execute(
        """
        UPDATE jobs SET state = 'done', finished_at = $3, leased_until = NULL, last_error = NULL
         WHERE id = $1 AND lease_number = $2 AND state = 'waiting'
        """,
        job_id,
        number,
        at,
    )
    return tag == "UPDATE 1"


async def retry_job(db: Statements, job_id: str, number: int, due_at: datetime, error: str) -> bool:
    """Give a job back to be tried again later."""
    tag = await db.execute(
        """
        UPDATE jobs SET due_at = $3, last_error = $4, leased_until = NULL
         WHERE id = $1 AND lease_number = $2 AND state = 'waiting'
        """,
        job_id,
        number,
        due_at,
        error,
    )
    return tag == "UPDATE 1"


async def return_job(db: Statements, job_id: str, number: int) -> None:
    """Give a job back untried, because its runner stops."""
    await db.execute(
        """
        UPDATE jobs SET attempts = attempts - 1, leased_until = NULL
         WHERE id = $1 AND lease_number = $2 AND state = 'waiting'
        """,
        job_id,
        number,
    )


async def fail_job(db: Statements, job_id: str, number: int, at: datetime, error: str) -> bool:
    """Give a job up."""
    tag = await db.execute(
        """
        UPDATE jobs SET state = 'failed', finished_at = $3, last_error = $4, leased_until = NULL
         WHERE id = $1 AND lease_number = $2 AND state = 'waiting'
        """,
        job_id,
        number,
        at,
        error,
    )
    return tag == "UPDATE 1"


async def fail_abandoned_jobs(db: Statements, at: datetime) -> list[str]:
    """Give up the jobs whose runner died in the last attempt they had; their ids."""
    rows = await db.fetch(
        """
        UPDATE jobs SET state = 'failed', finished_at = $1, leased_until = NULL,
                        last_error = coalesce(last_error || '; ', '') || 'the runner died in the last attempt'
         WHERE state = 'waiting' AND attempts >= max_attempts AND leased_until <= clock_timestamp()
        RETURNING id::text
        """,
        at,
    )
    return [row[0] for row in rows]


async def delete_finished_jobs(db: Statements, before: datetime, limit: int, *, with_key: bool) -> int:
    """Forget finished jobs; how many went. A job with a key is remembered longer: the key must not run again."""
    tag = await db.execute(
        """
        DELETE FROM jobs WHERE id IN
            (SELECT id FROM jobs WHERE finished_at < $1 AND (unique_key IS NOT NULL) = $3
              ORDER BY finished_at LIMIT $2)
        """,
        before,
        limit,
        with_key,
    )
    return int(tag.split()[-1])
