"""Statements on deliveries as their webhook's managers see them."""

from datetime import datetime

from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE
from taskyard.kit.database import Statements
from taskyard.notification.models.webhooks import Attempt, Delivery, DeliveryState

_COLUMNS = """d.id::text, d.webhook_id::text, d.position, d.type, d.resource_id::text, d.state, d.attempts, d.due_at,
       d.last_status, d.created_at, d.finished_at"""
_FIELDS = (
    *("id", "webhook_id", "position", "type", "resource_id", "state", "attempts", "due_at", "last_status"),
    *("created_at", "finished_at"),
)
_HELD = PERMISSIONS_IN_WORKSPACE.format(workspace="d.workspace_id", who="$2")
LOGGED = 20
"""The attempts of a delivery that are kept."""


async def find_delivery(db: Statements, delivery_id: str, person_id: str) -> tuple[Delivery, int] | None:
    """A delivery of a webhook that is still there, and what a person may do in its workspace."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS}, {_HELD}
          FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id AND w.deleted_at IS NULL
         WHERE d.id = $1
        """,
        delivery_id,
        person_id,
    )
    return None if row is None else (_delivery(*row[:-1]), row[-1])


async def list_deliveries(
    db: Statements, webhook_id: str, state: DeliveryState | None, before: str, limit: int
) -> list[Delivery]:
    """Deliveries of a webhook, those of the latest changes first. Index: deliveries_of_webhook."""
    rows = await db.fetch(
        f"""
        -- tenant: find_webhook has said that the caller manages the webhook
        SELECT {_COLUMNS} FROM deliveries d
         WHERE d.webhook_id = $1 AND ($2::text IS NULL OR d.state = $2) AND d.id < $3 ORDER BY d.id DESC LIMIT $4
        """,
        webhook_id,
        state,
        before,
        limit,
    )
    return [_delivery(*row) for row in rows]


async def list_attempts(db: Statements, delivery_id: str) -> list[Attempt]:
    """The attempts of a delivery that are kept, oldest first."""
    rows = await db.fetch(
        """
        -- tenant: find_delivery has said that the caller manages the webhook
        SELECT number, at, status, milliseconds, error, answer FROM delivery_attempts
         WHERE delivery_id = $1 ORDER BY number
        """,
        delivery_id,
    )
    return [Attempt(*row) for row in rows]


async def insert_test(tx: Statements, delivery: Delivery, workspace_id: str) -> None:
    """A message that is no change and waits for none."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook
        INSERT INTO deliveries (id, workspace_id, webhook_id, lane, type, resource_id, due_at, created_at)
        VALUES ($1, $2, $3, $1::uuid::text, $4, $3, $5, $5)
        """,
        delivery.id,
        workspace_id,
        delivery.webhook_id,
        delivery.type,
        delivery.created_at,
    )


async def resend_deliveries(tx: Statements, webhook_id: str, delivery_ids: list[str], now: datetime) -> int:
    """Send deliveries of a webhook once more, or at once what waits for its next attempt; how many that are."""
    tag = await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook
        UPDATE deliveries SET state = 'waiting', due_at = $3, attempts = 0, finished_at = NULL
         WHERE webhook_id = $1 AND id = ANY($2::uuid[])
           AND (state <> 'waiting' OR (due_at > $3 AND leased_until IS NULL))
        """,
        webhook_id,
        delivery_ids,
        now,
    )
    return int(tag.split()[-1])


async def hasten_deliveries(tx: Statements, webhook_id: str, now: datetime) -> None:
    """Let everything that waits for a webhook be due at once: its receiver is back."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook or lock_breaker
        UPDATE deliveries SET due_at = $2
         WHERE webhook_id = $1 AND state = 'waiting' AND due_at > $2 AND leased_until IS NULL
        """,
        webhook_id,
        now,
    )


def _delivery(*columns: object) -> Delivery:
    return Delivery(**dict(zip(_FIELDS, columns, strict=True)))  # type: ignore[arg-type] # as the columns are
