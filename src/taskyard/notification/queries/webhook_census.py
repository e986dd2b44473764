"""Counts of webhooks for monitoring."""

from datetime import datetime

from taskyard.kit.database import Statements


async def count_webhooks_by_state(db: Statements, now: datetime) -> dict[str, int]:
    """How many webhooks there are by state; ``resting`` are the active ones whose receivers are left alone."""
    rows = await db.fetch(
        """
        -- tenant: a count for who runs the deployment
        SELECT CASE WHEN state = 'active' AND open_until > $1 THEN 'resting' ELSE state END, count(*)
          FROM webhooks WHERE deleted_at IS NULL GROUP BY 1
        """,
        now,
    )
    return {row[0]: row[1] for row in rows}


async def find_oldest_due(db: Statements, now: datetime) -> datetime | None:
    """Since when the oldest delivery is due that nothing but the sender holds up."""
    oldest: datetime | None = await db.fetch_value(
        """
        -- tenant: a number for who runs the deployment
        SELECT min(oldest.due_at)
          FROM webhooks w CROSS JOIN LATERAL (
              SELECT d.due_at FROM deliveries d
               WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= $1
               ORDER BY d.due_at LIMIT 1) oldest
         WHERE w.state = 'active' AND w.deleted_at IS NULL AND (w.open_until IS NULL OR w.open_until <= $1)
        """,
        now,
    )
    return oldest
