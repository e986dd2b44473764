"""Whom a change concerns, and telling all of them in one statement."""

from datetime import datetime

import msgspec

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.contracts.notification import NOTIFICATION_CREATED, Notification
from taskyard.kit.changelog import announce_rows
from taskyard.kit.database import Transaction
from taskyard.kit.queries.changelog import with_events
from taskyard.notification.models.notifications import Subject
from taskyard.notification.models.preferences import Chosen
from taskyard.notification.queries.preferences import chosen_from

_SEES = CAN_AT_TASK.format(
    row="place", task="$3::uuid", who="w.person_id", projects="NULL", needed=int(Permission.PROJECT_VIEW)
)
_AT_WORKSPACE = PERMISSIONS_IN_WORKSPACE.format(workspace="place.workspace_id", who="w.person_id")
_LIST = f"""
    WITH place AS (SELECT $1::uuid AS workspace_id, $2::uuid AS project_id),
    wanted AS (
        SELECT unnest($4::uuid[]) AS person_id
         UNION
        SELECT w.person_id FROM task.watchers_v1 w WHERE $5 AND w.workspace_id = $1 AND w.task_id = $3
    )
    SELECT w.person_id::text, p.chosen, z.time_zone
      FROM wanted w CROSS JOIN place
      LEFT JOIN preferences p ON p.person_id = w.person_id
      LEFT JOIN auth.people_v1 z ON z.person_id = w.person_id
     WHERE w.person_id IS DISTINCT FROM $6
       AND NOT EXISTS (SELECT FROM project.service_accounts_v1 a WHERE a.account_id = w.person_id)
       AND CASE WHEN place.project_id IS NULL THEN {_AT_WORKSPACE} & {Permission.WORKSPACE_VIEW:d} <> 0
                ELSE {_SEES} END
       AND NOT EXISTS (SELECT FROM mutes m WHERE m.person_id = w.person_id AND m.subject_id IN ($2, $3))
     ORDER BY w.person_id
"""
_NOTIFICATION = """id uuid, reason text, workspace_id uuid, project_id uuid, task_id uuid, comment_id uuid,
             actor_id uuid, created_at timestamptz, read_at timestamptz, snoozed_until timestamptz,
             archived_at timestamptz, version integer"""
_TOLD = "person_id uuid, position bigint, due text, mail_due_at timestamptz, notification jsonb"
_TELL = f"""
    WITH wanted AS (
        SELECT w.person_id, w.position, w.due, w.mail_due_at, w.notification, n.*
          FROM jsonb_to_recordset($1::jsonb) AS w ({_TOLD})
         CROSS JOIN LATERAL jsonb_to_record(w.notification) AS n ({_NOTIFICATION})
    ), written AS (
        -- tenant: list_listeners or list_due_tasks has said that these people see the project
        INSERT INTO notifications (person_id, id, reason, workspace_id, project_id, task_id, comment_id,
                                   actor_id, created_at, read_at, snoozed_until, archived_at, version,
                                   epoch, position, due, mail_due_at)
        SELECT w.person_id, w.id, w.reason, w.workspace_id, w.project_id, w.task_id, w.comment_id,
               w.actor_id, w.created_at, w.read_at, w.snoozed_until, w.archived_at, w.version,
               CASE WHEN w.position IS NOT NULL THEN h.epoch END, w.position, w.due, w.mail_due_at
          FROM wanted w CROSS JOIN log.head_v1 h
        ON CONFLICT DO NOTHING
        RETURNING id
    ), announced AS (
        SELECT w.workspace_id, w.project_id, w.person_id AS audience_id, w.id AS resource_id, w.version,
               w.notification AS data
          FROM wanted w JOIN written USING (id)
         WHERE w.archived_at IS NULL
    ), {with_events("announced", 2)}
    SELECT count(*) FROM event
"""


class Listener(msgspec.Struct, frozen=True):
    """Somebody to be told, and how and where."""

    person_id: str
    chosen: Chosen
    time_zone: str


class Told(msgspec.Struct, frozen=True):
    """One person's notification, of the change at a position of the log or of a date that has come."""

    person_id: str
    position: int | None
    due: str | None
    mail_due_at: datetime | None
    notification: Notification


async def list_listeners(
    tx: Transaction, subject: Subject, person_ids: list[str], *, and_watchers: bool
) -> list[Listener]:
    """Those of some people, and of who watches the task, whom a change is news to.

    They did not make it themselves, see the task or the project, or without one the workspace, and muted neither.
    """
    rows = await tx.fetch(
        _LIST,
        subject.workspace_id,
        subject.project_id,
        subject.task_id,
        person_ids,
        and_watchers,
        subject.actor_id,
    )
    return [listener_from(*row) for row in rows]


def listener_from(person_id: str, chosen: str | None, time_zone: str | None) -> Listener:
    """Somebody from the columns of a row, which are empty where they chose nothing or have no account."""
    return Listener(person_id, chosen_from(chosen), time_zone or "UTC")


async def insert_notifications(tx: Transaction, told: list[Told]) -> None:
    """Tell people, with the events of it, whatever they were not told before."""
    await announce_rows(tx, NOTIFICATION_CREATED, _TELL, msgspec.json.encode(told).decode())
