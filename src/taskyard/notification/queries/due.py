"""Statements on tasks that are due: whom to tell, unless they were told of that date before."""

from datetime import date, datetime
from typing import TypeAlias

import msgspec

from taskyard.contracts.access import CAN_AT_TASK, Permission
from taskyard.contracts.notification import Reason
from taskyard.kit.database import Statements
from taskyard.notification.queries.listeners import Listener, listener_from

Window: TypeAlias = tuple[date, date, datetime, datetime]
"""The dates and the instants between which a task is due."""

_SEES = CAN_AT_TASK.format(
    row="d", task="d.task_id", who="who.person_id", projects="NULL", needed=int(Permission.PROJECT_VIEW)
)


class DueTask(msgspec.Struct, frozen=True):
    """A task that is due about now, and one person whose concern that is. ``due`` is the date or instant as text."""

    listener: Listener
    workspace_id: str
    project_id: str
    task_id: str
    due_on: date | None
    due_at: datetime | None
    due: str


async def list_due_tasks(
    db: Statements, reason: Reason, window: Window, after: tuple[str, str], limit: int
) -> list[DueTask]:
    """Who is to be told of which due tasks for a reason, and was not, in the order of their ids after a pair of them.

    They see the task, whose project is not archived, and muted neither.
    Indexes: tasks_by_due_date, tasks_by_due_instant, notifications_of_due_dates.
    """
    rows = await db.fetch(
        f"""
        SELECT d.workspace_id::text, d.project_id::text, d.task_id::text, d.due_on, d.due_at, d.due,
               who.person_id::text, p.chosen, z.time_zone
          FROM task.due_v2 d
          JOIN project.projects_v1 j ON j.workspace_id = d.workspace_id AND j.project_id = d.project_id
         CROSS JOIN LATERAL unnest(d.person_ids) AS who (person_id)
          LEFT JOIN preferences p ON p.person_id = who.person_id
          LEFT JOIN auth.people_v1 z ON z.person_id = who.person_id
         WHERE (d.due_on BETWEEN $2 AND $3 OR d.due_at BETWEEN $4 AND $5)
           AND (d.task_id, who.person_id) > ($6::uuid, $7::uuid) AND j.archived_at IS NULL AND {_SEES}
           AND NOT EXISTS (SELECT FROM project.service_accounts_v1 a WHERE a.account_id = who.person_id)
           AND NOT EXISTS (SELECT FROM mutes m
                            WHERE m.person_id = who.person_id AND m.subject_id IN (d.task_id, d.project_id))
           AND NOT EXISTS (SELECT FROM notifications n
                            WHERE n.person_id = who.person_id AND n.task_id = d.task_id AND n.reason = $1
                              AND n.due = d.due)
         ORDER BY d.task_id, who.person_id LIMIT $8
        """,
        reason,
        *window,
        *after,
        limit,
    )
    return [DueTask(listener_from(*row[6:]), *row[:6]) for row in rows]
