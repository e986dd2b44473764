"""Statements that count for monitoring. Each reads an index or a small table and stops at a bound."""

from datetime import datetime

import asyncpg

from taskyard.kit.database import Statements

MOST = 100_000
"""No count goes further: whoever has more knows that it is many."""


async def count_waiting_events(db: Statements) -> asyncpg.Record | None:
    """How many committed events have no position yet, and when the oldest happened."""
    return await db.fetch_row(
        """
        SELECT (SELECT count(*) FROM (SELECT FROM log.event_queue LIMIT $1) AS waiting) AS count,
               (SELECT at FROM log.events WHERE id = (SELECT min(event_id) FROM log.event_queue)) AS oldest_at
        """,
        MOST,
    )


async def list_consumers_behind(db: Statements) -> list[asyncpg.Record]:
    """Each consumer: its place, the events after it, when the first of them happened, and its dead letters."""
    return await db.fetch(
        """
        SELECT c.consumer, c.position, h.last_position, c.failures,
               CASE WHEN c.epoch = h.epoch THEN greatest(h.last_position - c.position, 0) ELSE 0 END AS behind,
               (SELECT e.at FROM log.events_v1 e WHERE e.position = c.position + 1) AS oldest_at,
               (SELECT count(*) FROM (SELECT FROM dead_letters d WHERE d.consumer = c.consumer LIMIT $1) AS dead)
                   AS dead_letters
          FROM consumer_cursors c CROSS JOIN log.head_v1 h
         ORDER BY c.consumer
        """,
        MOST,
    )


async def count_jobs(db: Statements, at: datetime) -> asyncpg.Record | None:
    """Jobs that wait for later, are due, and run; and since when the oldest has been due. Reads ``jobs_due``."""
    return await db.fetch_row(
        """
        SELECT count(*) FILTER (WHERE due_at > $1) AS scheduled,
               count(*) FILTER (WHERE due_at <= $1 AND coalesce(leased_until <= $1, true)) AS due,
               count(*) FILTER (WHERE leased_until > $1) AS running,
               min(due_at) FILTER (WHERE due_at <= $1 AND coalesce(leased_until <= $1, true)) AS oldest_due_at
          FROM (SELECT due_at, leased_until FROM jobs WHERE state = 'waiting' ORDER BY due_at LIMIT $2) AS waiting
        """,
        at,
        MOST,
    )
