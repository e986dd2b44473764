"""Statements on notifications: everybody's own, and only of projects they still see."""

from datetime import datetime
from typing import TypeAlias

from taskyard.contracts.access import VISIBLE_PROJECTS
from taskyard.contracts.notification import Notification
from taskyard.kit.database import Statements

Projects: TypeAlias = list[str] | None
"""The projects a credential is limited to; None for no limit."""

_COLUMNS = """n.id::text, n.reason, n.workspace_id::text, n.project_id::text, n.task_id::text, n.comment_id::text,
       n.actor_id::text, n.created_at, n.read_at, n.version"""
_VISIBLE = f"WITH visible AS ({VISIBLE_PROJECTS.format(person='$1', projects='$2')})"
_OF_A_VISIBLE_PROJECT = """(n.project_id IN (SELECT project_id FROM visible)
       OR (n.project_id IS NULL AND $2::uuid[] IS NULL))"""
_LIST = f"""
    {_VISIBLE}
    SELECT {_COLUMNS} FROM notifications n
     WHERE n.person_id = $1 AND n.id < $3 AND {_OF_A_VISIBLE_PROJECT}"""


async def list_notifications(
    db: Statements, person_id: str, projects: Projects, before: str, limit: int
) -> list[Notification]:
    """A person's notifications older than one, newest first. Index: the primary key."""
    rows = await db.fetch(f"{_LIST} ORDER BY n.id DESC LIMIT $4", person_id, projects, before, limit)
    return [Notification(*row) for row in rows]


async def list_unread_notifications(
    db: Statements, person_id: str, projects: Projects, before: str, limit: int
) -> list[Notification]:
    """A person's unread notifications older than one, newest first. Index: notifications_unread."""
    statement = f"{_LIST} AND n.read_at IS NULL ORDER BY n.id DESC LIMIT $4"
    rows = await db.fetch(statement, person_id, projects, before, limit)
    return [Notification(*row) for row in rows]


async def lock_notification(
    tx: Statements, person_id: str, projects: Projects, notification_id: str
) -> Notification | None:
    """One notification of a person, locked; None when they cannot see it."""
    row = await tx.fetch_row(
        f"""
        {_VISIBLE}
        SELECT {_COLUMNS} FROM notifications n
         WHERE n.person_id = $1 AND n.id = $3 AND {_OF_A_VISIBLE_PROJECT} FOR UPDATE OF n
        """,
        person_id,
        projects,
        notification_id,
    )
    return None if row is None else Notification(*row)


async def lock_unread_notifications(
    tx: Statements, person_id: str, projects: Projects, limit: int
) -> list[Notification]:
    """A person's unread notifications, newest first, locked."""
    rows = await tx.fetch(
        f"""
        {_VISIBLE}
        SELECT {_COLUMNS} FROM notifications n
         WHERE n.person_id = $1 AND n.read_at IS NULL AND {_OF_A_VISIBLE_PROJECT}
         ORDER BY n.id DESC LIMIT $3 FOR UPDATE OF n
        """,
        person_id,
        projects,
        limit,
    )
    return [Notification(*row) for row in rows]


async def mark_read(tx: Statements, person_id: str, notification_ids: list[str], at: datetime) -> None:
    """Mark locked notifications as read."""
    await tx.execute(
        "UPDATE notifications SET read_at = $3, version = version + 1 WHERE person_id = $1 AND id = ANY($2::uuid[])",
        person_id,
        notification_ids,
        at,
    )


async def insert_notification(tx: Statements, person_id: str, notification: Notification, position: int) -> bool:
    """Tell a person about the change at a position of the log; False when they were told before."""
    tag = await tx.execute(
        """
        INSERT INTO notifications (person_id, id, reason, workspace_id, project_id, task_id, comment_id,
                                   actor_id, created_at, read_at, version, epoch, position)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, h.epoch, $12 FROM log.head_v1 h
            -- tenant: list_viewers has said that the person sees the project
        ON CONFLICT (person_id, epoch, position, reason) DO NOTHING
        """,
        person_id,
        *(getattr(notification, name) for name in notification.__struct_fields__),
        position,
    )
    return tag.endswith(" 1")
