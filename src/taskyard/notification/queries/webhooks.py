"""Statements on webhooks: each asks what the caller may do in its workspace, or follows one that did."""

from datetime import datetime

from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.database import Statements
from taskyard.notification.models.webhooks import Webhook

_COLUMNS = """w.id::text, w.workspace_id::text, w.url, w.description, w.events, w.project_ids::text[], w.state,
       w.state_reason, w.created_by::text, w.acts_for::text, w.created_at, w.updated_at, w.previous_secret_until,
       w.version"""
_FIELDS = (
    *("id", "workspace_id", "url", "description", "events", "project_ids", "state", "state_reason", "created_by"),
    *("acts_for", "created_at", "updated_at", "both_sign_until", "version"),
)
_HELD = PERMISSIONS_IN_WORKSPACE.format(workspace="w.workspace_id", who="$2")
_FIND = f"SELECT {_COLUMNS}, {_HELD} FROM webhooks w WHERE w.id = $1 AND w.deleted_at IS NULL"


async def find_held(db: Statements, workspace_id: str, person_id: str) -> int:
    """All that a person may do in a workspace, as bits."""
    held: int = await db.fetch_value(
        f"SELECT {PERMISSIONS_IN_WORKSPACE.format(workspace='$1::uuid', who='$2')}", workspace_id, person_id
    )
    return held


async def find_webhook(db: Statements, webhook_id: str, person_id: str) -> tuple[Webhook, int] | None:
    """A webhook, and what a person may do in its workspace."""
    row = await db.fetch_row(_FIND, webhook_id, person_id)
    return None if row is None else (_webhook(*row[:-1]), row[-1])


async def lock_webhook(tx: Statements, webhook_id: str, person_id: str) -> tuple[Webhook, int] | None:
    """The same, locked. Who locks a webhook and its deliveries locks it first."""
    row = await tx.fetch_row(f"{_FIND} FOR NO KEY UPDATE OF w", webhook_id, person_id)
    return None if row is None else (_webhook(*row[:-1]), row[-1])


async def find_webhook_served(tx: Statements, webhook_id: str) -> Webhook | None:
    """A webhook that a delivery was sent to; None when it is deleted."""
    row = await tx.fetch_row(
        f"""
        -- tenant: the webhook was locked by lock_breaker
        SELECT {_COLUMNS} FROM webhooks w WHERE w.id = $1 AND w.deleted_at IS NULL
        """,
        webhook_id,
    )
    return None if row is None else _webhook(*row)


async def list_webhooks(
    db: Statements, person_id: str, workspace_id: str | None, after: str, limit: int
) -> list[Webhook]:
    """The webhooks that a person manages, in one workspace or all, oldest first. Index: webhooks_of_workspace."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM webhooks w
         WHERE w.workspace_id IN (SELECT s.workspace_id FROM project.subjects_v2 s
                                   WHERE s.access_id = $2 AND ($1::uuid IS NULL OR s.workspace_id = $1))
           AND {_HELD} & {Permission.WEBHOOK_MANAGE:d} <> 0 AND w.id > $3 AND w.deleted_at IS NULL
         ORDER BY w.id LIMIT $4
        """,
        workspace_id,
        person_id,
        after,
        limit,
    )
    return [_webhook(*row) for row in rows]


async def count_webhooks(db: Statements, workspace_id: str) -> int:
    """How many webhooks a workspace has."""
    count: int = await db.fetch_value(
        """
        -- tenant: find_held has said that the caller manages the webhooks of this workspace
        SELECT count(*) FROM webhooks WHERE workspace_id = $1 AND deleted_at IS NULL
        """,
        workspace_id,
    )
    return count


async def insert_webhook(tx: Statements, webhook: Webhook, sealed_secret: bytes) -> None:
    """A new webhook, for what happens from now on."""
    await tx.execute(
        """
        -- tenant: find_held has said that the caller manages the webhooks of this workspace
        INSERT INTO webhooks (id, workspace_id, url, description, events, project_ids, state, created_by, acts_for,
                              created_at, updated_at, sealed_secret, starts_after)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $9, $10, last_position FROM log.head_v1
        """,
        webhook.id,
        webhook.workspace_id,
        webhook.url,
        webhook.description,
        webhook.events,
        webhook.project_ids,
        webhook.state,
        webhook.created_by,
        webhook.created_at,
        sealed_secret,
    )


async def update_webhook(tx: Statements, webhook: Webhook) -> None:
    """Store a webhook that is locked. What its receiver did before no longer counts against it."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook or lock_webhooks_acting_for
        UPDATE webhooks SET url = $2, description = $3, events = $4, project_ids = $5, state = $6, state_reason = $7,
                            acts_for = $8, updated_at = $9, version = $10, failures = 0, open_until = NULL
         WHERE id = $1
        """,
        webhook.id,
        webhook.url,
        webhook.description,
        webhook.events,
        webhook.project_ids,
        webhook.state,
        webhook.state_reason,
        webhook.acts_for,
        webhook.updated_at,
        webhook.version,
    )


async def update_secret(tx: Statements, webhook: Webhook, sealed_secret: bytes) -> None:
    """Give a webhook that is locked another secret; the one it had goes on signing until the webhook says."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook
        UPDATE webhooks SET previous_sealed_secret = sealed_secret, sealed_secret = $2, previous_secret_until = $3,
                            updated_at = $4, version = $5
         WHERE id = $1
        """,
        webhook.id,
        sealed_secret,
        webhook.both_sign_until,
        webhook.updated_at,
        webhook.version,
    )


async def delete_webhook(tx: Statements, webhook_id: str, at: datetime) -> None:
    """Delete a webhook that is locked, and its secrets for good."""
    await tx.execute(
        """
        -- tenant: the webhook was locked by lock_webhook
        UPDATE webhooks SET deleted_at = $2, updated_at = $2, version = version + 1, sealed_secret = '',
                            previous_sealed_secret = NULL
         WHERE id = $1
        """,
        webhook_id,
        at,
    )


async def lock_webhooks_acting_for(tx: Statements, workspace_id: str, person_id: str) -> list[tuple[Webhook, int]]:
    """The active webhooks with a person's sight, locked, and what the person may do in the workspace."""
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS}, {_HELD} FROM webhooks w
         WHERE w.workspace_id = $1 AND w.acts_for = $2 AND w.state = 'active' AND w.deleted_at IS NULL
         ORDER BY w.id FOR NO KEY UPDATE OF w
        """,
        workspace_id,
        person_id,
    )
    return [(_webhook(*row[:-1]), row[-1]) for row in rows]


async def is_manager(db: Statements, workspace_id: str, person_id: str) -> bool:
    """Whether a person may still manage the webhooks of a workspace."""
    return bool(await find_held(db, workspace_id, person_id) & Permission.WEBHOOK_MANAGE)


def _webhook(*columns: object) -> Webhook:
    return Webhook(**dict(zip(_FIELDS, columns, strict=True)))  # type: ignore[arg-type] # as the columns are
