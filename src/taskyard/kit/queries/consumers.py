"""Statements on a service's own ``consumer_cursors`` and ``dead_letters``, and the events they point at."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from taskyard.kit.database import Statements

_CURSOR = """
    SELECT c.epoch, c.position, c.failures, c.retry_at, h.epoch AS log_epoch, h.last_position
      FROM consumer_cursors c CROSS JOIN log.head_v1 h WHERE c.consumer = $1
"""


async def insert_cursor(db: Statements, consumer: str, *, at_head: bool) -> None:
    """Make a consumer known, before all events or after those there are; no effect when it is known."""
    await db.execute(
        """
        INSERT INTO consumer_cursors (consumer, epoch, position)
        SELECT $1, epoch, CASE WHEN $2 THEN last_position ELSE 0 END FROM log.head_v1
        ON CONFLICT (consumer) DO NOTHING
        """,
        consumer,
        at_head,
    )


async def find_cursor(
    db: Statements, consumer: str, types: Sequence[str] | None = None, window: int = 0
) -> asyncpg.Record | None:
    """Where a consumer stands and where the log ends, as a look that locks nothing.

    ``is_concerned`` says whether an event of its types is among the next ``window`` ones.
    """
    return await db.fetch_row(
        """
        SELECT c.epoch, c.position, c.failures, c.retry_at, h.epoch AS log_epoch, h.last_position,
               $2::text[] IS NULL OR EXISTS (
                   SELECT FROM log.events_v1 e
                    WHERE e.position > c.position AND e.position <= least(c.position + $3, h.last_position)
                      AND e.type = ANY($2)) AS is_concerned
          FROM consumer_cursors c CROSS JOIN log.head_v1 h WHERE c.consumer = $1
        """,
        consumer,
        types,
        window,
    )


async def pass_over(db: Statements, consumer: str, seen: asyncpg.Record, until: int) -> bool:
    """Move a cursor that stands where it was ``seen`` past events which are none of its; False while others work."""
    tag = await db.execute(
        """
        UPDATE consumer_cursors SET position = $4
         WHERE consumer = (SELECT consumer FROM consumer_cursors
                            WHERE consumer = $1 AND epoch = $2 AND position = $3 AND failures = 0
                              FOR UPDATE SKIP LOCKED)
        """,
        consumer,
        seen["epoch"],
        seen["position"],
        until,
    )
    return tag == "UPDATE 1"


async def lock_cursor(tx: Statements, consumer: str) -> asyncpg.Record | None:
    """The same, for this transaction alone; None while another runner works."""
    return await tx.fetch_row(_CURSOR + "FOR UPDATE OF c SKIP LOCKED", consumer)


async def move_cursor(tx: Statements, consumer: str, epoch: int, position: int) -> None:
    """Everything up to ``position`` is done; the next event has not failed yet."""
    await tx.execute(
        """
        UPDATE consumer_cursors SET epoch = $2, position = $3, failures = 0, retry_at = NULL
         WHERE consumer = $1
        """,
        consumer,
        epoch,
        position,
    )


async def note_failure(tx: Statements, consumer: str, failures: int, retry_at: datetime) -> None:
    """The event right after the cursor failed again; nobody tries it before ``retry_at``."""
    await tx.execute(
        "UPDATE consumer_cursors SET failures = $2, retry_at = $3 WHERE consumer = $1", consumer, failures, retry_at
    )


async def list_events_until(
    db: Statements, after: int, until: int, types: Sequence[str] | None
) -> list[asyncpg.Record]:
    """Placed events after one position up to another, in order, whoever may see them; of certain types unless None."""
    return await db.fetch(
        """
        SELECT position, workspace_id::text, project_id::text, audience_id::text, type, resource_id::text,
               version, actor_id::text, origin, request_id, at, data, changes
          FROM log.events_v1
         WHERE position > $1 AND position <= $2 AND ($3::text[] IS NULL OR type = ANY($3))
         ORDER BY position
        """,
        after,
        until,
        types,
    )


async def insert_dead_letter(tx: Statements, consumer: str, position: int, error: str, at: datetime) -> None:
    """Put an event aside that could not be handled."""
    await tx.execute(
        """
        INSERT INTO dead_letters (consumer, position, error, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (consumer, position) DO UPDATE SET error = $3, at = $4
        """,
        consumer,
        position,
        error,
        at,
    )


async def list_dead_letters(db: Statements, consumer: str) -> list[int]:
    """Positions of the events put aside, in order."""
    rows = await db.fetch("SELECT position FROM dead_letters WHERE consumer = $1 ORDER BY position", consumer)
    return [row[0] for row in rows]


async def delete_dead_letter(tx: Statements, consumer: str, position: int) -> bool:
    """Take an event back from the dead letters; False when somebody else did."""
    tag = await tx.execute("DELETE FROM dead_letters WHERE consumer = $1 AND position = $2", consumer, position)
    return tag == "DELETE 1"
