"""Which changes go to which webhooks: decided by the access relation when they are written down for them."""

from datetime import datetime

from taskyard.contracts.access import CAN_IN_PROJECT, PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.contracts.project import PROJECT_DELETED
from taskyard.kit.database import Statements
from taskyard.notification.queries.grants import TOLD_BY_GRANT

_SEES = CAN_IN_PROJECT.format(row="e", who="w.acts_for", projects="NULL", needed=int(Permission.PROJECT_VIEW))
_AT_WORKSPACE = PERMISSIONS_IN_WORKSPACE.format(workspace="e.workspace_id", who="w.acts_for")
# A UUIDv7 of the event's time (RFC 9562) whose random bits follow from the event and the webhook: however often and
# whenever this is asked, the same event has the same id for the same webhook.
_ID = """(
    SELECT (lpad(to_hex((date_part('epoch', e.at) * 1000)::bigint), 12, '0') || '7' || substr(h.hash, 1, 3)
            || 'a' || substr(h.hash, 4, 15))::uuid
      FROM (SELECT encode(sha256(convert_to(
                concat_ws(':', w.id, e.position, date_part('epoch', e.at), e.request_id), 'UTF8')), 'hex')) h (hash)
)"""
_WANTED = f"""e.audience_id IS NULL AND w.deleted_at IS NULL
       AND EXISTS (SELECT FROM unnest(w.events) AS p (pattern)
                    WHERE CASE WHEN right(p.pattern, 1) = '*' THEN starts_with(e.type, left(p.pattern, -1))
                               ELSE e.type = p.pattern END)
       AND (w.project_ids IS NULL OR e.project_id = ANY(w.project_ids))
       AND CASE WHEN e.project_id IS NULL THEN {_AT_WORKSPACE} & {Permission.WORKSPACE_VIEW:d} <> 0
                WHEN e.type = '{PROJECT_DELETED}' THEN {_AT_WORKSPACE} & {Permission.PROJECT_DELETE:d} <> 0
                ELSE {_SEES} OR {TOLD_BY_GRANT.format(who="w.acts_for")} END"""
_DELIVERIES = f"""
    INSERT INTO deliveries (id, workspace_id, webhook_id, position, lane, type, resource_id, due_at, created_at)
    SELECT {_ID}, w.workspace_id, w.id, e.position, coalesce(e.data ->> 'task_id', e.resource_id::text), e.type,
           e.resource_id, $3, $3
      FROM log.events_v1 e JOIN webhooks w ON w.workspace_id = e.workspace_id
     WHERE e.position > $1 AND e.position <= $2 AND {_WANTED}
"""
_AGAIN = """
    ON CONFLICT (webhook_id, position) DO UPDATE
       SET state = 'waiting', due_at = $3, attempts = 0, finished_at = NULL
     WHERE deliveries.state <> 'waiting'
"""


async def insert_deliveries(tx: Statements, after: int, until: int, now: datetime) -> None:
    """Write down for every webhook which of the changes after a position up to another are sent to it.

    Who a webhook acts for must see them now; of a project in the trash, be allowed to restore it.
    """
    await tx.execute(
        f"{_DELIVERIES} AND w.state <> 'disabled' AND e.position > w.starts_after ON CONFLICT DO NOTHING",
        after,
        until,
        now,
    )


async def replay_span(tx: Statements, webhook_id: str, span: tuple[int, int], now: datetime) -> int:
    """Send a webhook the changes of a span once more, or at last; how many. Those on their way are left alone."""
    tag = await tx.execute(f"{_DELIVERIES} AND w.id = $4 {_AGAIN}", *span, now, webhook_id)
    return int(tag.split()[-1])
