"""Statements of the loop that sends. Due times are business time and bound; leases run by the database's clock."""

from datetime import datetime, timedelta

from taskyard.kit.database import Statements
from taskyard.notification.models.webhooks import Breaker, Dispatch, Ended
from taskyard.notification.queries.deliveries import LOGGED
from taskyard.notification.queries.events import EVENT_COLUMNS, event_item_from

AT_ONCE = 4
"""Requests under way to one webhook."""
TRIP = 5
"""Failures in a row after which nothing is sent for a time, and then only one to try."""

_FREE = "(d.leased_until IS NULL OR d.leased_until <= clock_timestamp())"
# A delivery is the next of its lane when nothing before it waits, be it under way.
_NEXT = f"""
    SELECT d.id FROM deliveries d
     WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= $2 AND {_FREE}
       AND NOT EXISTS (SELECT FROM deliveries b WHERE b.webhook_id = d.webhook_id AND b.lane = d.lane
                          AND b.state = 'waiting' AND b.position < d.position)
     ORDER BY d.due_at, d.position LIMIT greatest(0, w.room)
"""


_TO_SERVE = f"""
    w.state = 'active' AND w.deleted_at IS NULL AND (w.open_until IS NULL OR w.open_until <= $1)
    AND EXISTS (SELECT FROM deliveries d
                 WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= $1 AND {_FREE})
"""


async def is_anything_due(db: Statements, now: datetime) -> bool:
    """Whether there is a webhook to serve, as a look that locks nothing and begins no transaction."""
    return bool(
        await db.fetch_value(
            f"""
            -- tenant: nobody reads this; who sees an event was asked for when it was written down for the webhook
            SELECT EXISTS (SELECT FROM webhooks w WHERE {_TO_SERVE})
            """,
            now,
        )
    )


async def lock_webhooks_to_serve(tx: Statements, now: datetime, limit: int) -> list[str]:
    """Webhooks for which something is due, those that do well first, locked so that nobody else counts their room."""
    rows = await tx.fetch(
        f"""
        -- tenant: nobody reads this; who sees an event was asked for when it was written down for the webhook
        SELECT w.id::text FROM webhooks w
         WHERE {_TO_SERVE}
         ORDER BY w.failures >= {TRIP}, random() LIMIT $2 FOR NO KEY UPDATE OF w SKIP LOCKED
        """,
        now,
        limit,
    )
    return [row[0] for row in rows]


async def claim_deliveries(
    tx: Statements, webhook_ids: list[str], now: datetime, lease: timedelta, limit: int
) -> list[Dispatch]:
    """Lease what is due for locked webhooks, of each lane only the first, within the room each has."""
    rows = await tx.fetch(
        f"""
        -- tenant: the webhooks were locked by lock_webhooks_to_serve
        WITH w AS (
            SELECT w.id, CASE WHEN w.failures >= {TRIP} THEN 1 ELSE {AT_ONCE} END
                   - (SELECT count(*) FROM deliveries d
                       WHERE d.webhook_id = w.id AND d.leased_until > clock_timestamp()) AS room
              FROM webhooks w WHERE w.id = ANY($1::uuid[])
        ), next AS (
            SELECT d.id FROM w CROSS JOIN LATERAL ({_NEXT}) d LIMIT $4
        ), claimed AS (
            UPDATE deliveries d SET attempts = d.attempts + 1, lease_number = d.lease_number + 1,
                                    leased_until = clock_timestamp() + $3
              FROM next WHERE d.id = next.id
            RETURNING d.id, d.workspace_id, d.webhook_id, d.type, d.lease_number, d.attempts, d.created_at, d.position
        )
        SELECT c.id::text, c.workspace_id::text, c.webhook_id::text, c.type, c.lease_number, c.attempts, c.created_at,
               h.url, h.sealed_secret, CASE WHEN h.previous_secret_until > $2 THEN h.previous_sealed_secret END,
               {EVENT_COLUMNS}
          FROM claimed c JOIN webhooks h ON h.id = c.webhook_id
          LEFT JOIN log.events_v1 e ON e.position = c.position
        """,
        webhook_ids,
        now,
        lease,
        limit,
    )
    return [Dispatch(*[*row[:10], None if row[10] is None else event_item_from(row, 10)]) for row in rows]


async def return_delivery(db: Statements, dispatch: Dispatch) -> None:
    """Give a delivery back untried, because its sender stops."""
    await db.execute(
        """
        -- tenant: the delivery was claimed by claim_deliveries
        UPDATE deliveries SET attempts = attempts - 1, leased_until = NULL WHERE id = $1 AND lease_number = $2
        """,
        dispatch.id,
        dispatch.number,
    )


async def lock_breaker(tx: Statements, webhook_id: str) -> Breaker | None:
    """How a webhook's receiver does, locked before its deliveries; None where the webhook is gone."""
    row = await tx.fetch_row(
        """
        -- tenant: a delivery of the webhook was claimed by claim_deliveries
        SELECT failures, open_until FROM webhooks WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE
        """,
        webhook_id,
    )
    return None if row is None else Breaker(*row)


async def update_breaker(tx: Statements, webhook_id: str, breaker: Breaker) -> None:
    """Store how the receiver of a locked webhook does."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_breaker
        UPDATE webhooks SET failures = $2, open_until = $3 WHERE id = $1
        """,
        webhook_id,
        breaker.failures,
        breaker.open_until,
    )


async def end_rest(tx: Statements, webhook_id: str) -> None:
    """Leave the receiver of a locked webhook alone no longer."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook
        UPDATE webhooks SET open_until = NULL WHERE id = $1
        """,
        webhook_id,
    )


async def end_attempt(tx: Statements, dispatch: Dispatch, ended: Ended) -> bool:
    """Write down how an attempt ended; False, and nothing happens, when the delivery was claimed again since."""
    attempt = ended.attempt
    return bool(
        await tx.fetch_value(
            f"""
            -- tenant: the delivery was claimed by claim_deliveries
            WITH ended AS (
                UPDATE deliveries SET state = $3, due_at = $4, last_status = $6, leased_until = NULL,
                                      finished_at = CASE WHEN $3 <> 'waiting' THEN $5::timestamptz END
                 WHERE id = $1 AND lease_number = $2 AND leased_until IS NOT NULL AND state = 'waiting'
                RETURNING id, workspace_id
            ), written AS (
                INSERT INTO delivery_attempts (workspace_id, delivery_id, number, at, status, milliseconds, error,
                                               answer)
                SELECT workspace_id, id, $2, $5, $6, $7, $8, $9 FROM ended
            ), forgotten AS (
                DELETE FROM delivery_attempts a USING ended
                 WHERE a.delivery_id = ended.id AND a.number <= $2 - {LOGGED}
            )
            SELECT EXISTS (SELECT FROM ended)
            """,
            dispatch.id,
            dispatch.number,
            ended.state,
            ended.due_at,
            attempt.at,
            attempt.status,
            attempt.milliseconds,
            attempt.error,
            attempt.answer,
        )
    )


async def delete_old_deliveries(db: Statements, before: datetime, limit: int) -> int:
    """Forget deliveries of long ago with their attempts, whatever became of them, and those of deleted webhooks."""
    tag = await db.execute(
        """
        -- tenant: nobody reads this; rows go when their time is over
        DELETE FROM deliveries WHERE id IN (
            (SELECT id FROM deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)
            UNION ALL
            (SELECT d.id FROM webhooks w JOIN deliveries d ON d.webhook_id = w.id
              WHERE w.deleted_at IS NOT NULL LIMIT $2))
        """,
        before,
        limit,
    )
    return int(tag.split()[-1])
