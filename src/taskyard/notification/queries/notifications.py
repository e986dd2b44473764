"""Statements on notifications: everybody's own, and only of projects and tasks they still see."""

from datetime import datetime
from typing import TypeAlias

from taskyard.contracts.access import CAN_BY_GRANT, PERSON, VISIBLE_PROJECTS, Permission
from taskyard.contracts.notification import Notification
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.notification.models.notifications import Folder

Slice: TypeAlias = tuple[str, int, datetime]
"""What notifications are older than, how many, and now."""

_COLUMNS = """n.id::text, n.reason, n.workspace_id::text, n.project_id::text, n.task_id::text, n.comment_id::text,
       n.actor_id::text, n.created_at, n.read_at, n.snoozed_until, n.archived_at, n.version"""
_PERSON = PERSON.format(who="$1")
_VISIBLE = f"WITH visible AS ({VISIBLE_PROJECTS.format(who='$1', projects='$2')})"
_GIVEN = CAN_BY_GRANT.format(row="n", task="n.task_id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_IS_SEEN = f"""(n.project_id IN (SELECT project_id FROM visible)
       OR (n.project_id IS NULL AND $2::uuid[] IS NULL) OR {_GIVEN})"""
_IN_INBOX = "n.archived_at IS NULL AND (n.snoozed_until IS NULL OR n.snoozed_until <= {now})"
_IN_FOLDER: dict[Folder, str] = {
    "inbox": _IN_INBOX.format(now="$5"),
    "snoozed": "n.archived_at IS NULL AND n.snoozed_until > $5",
    "archived": "n.archived_at IS NOT NULL AND $5::timestamptz IS NOT NULL",
}
_LIST = f"""
    {_VISIBLE}
    SELECT {_COLUMNS} FROM notifications n
     WHERE n.person_id = {_PERSON} AND n.id < $3 AND {_IS_SEEN} AND {{condition}}
     ORDER BY n.id DESC LIMIT $4
"""
_LIST_ALL = {folder: _LIST.format(condition=condition) for folder, condition in _IN_FOLDER.items()}
_LIST_UNREAD = {
    folder: _LIST.format(condition=f"n.read_at IS NULL AND {condition}") for folder, condition in _IN_FOLDER.items()
}


async def list_notifications(db: Statements, caller: Principal, folder: Folder, page: Slice) -> list[Notification]:
    """The caller's notifications in a folder, newest first.

    Indexes: notifications_inbox for the inbox, the primary key for what is archived.
    """
    rows = await db.fetch(_LIST_ALL[folder], caller.access_id, caller.project_ids, *page)
    return [Notification(*row) for row in rows]


async def list_unread_notifications(
    db: Statements, caller: Principal, folder: Folder, page: Slice
) -> list[Notification]:
    """The same of those that are unread. Index: notifications_unread."""
    rows = await db.fetch(_LIST_UNREAD[folder], caller.access_id, caller.project_ids, *page)
    return [Notification(*row) for row in rows]


async def count_unread(db: Statements, caller: Principal, now: datetime) -> int:
    """How many notifications in the caller's inbox are unread. Index: notifications_unread."""
    count: int = await db.fetch_value(
        f"""
        {_VISIBLE}
        SELECT count(*) FROM notifications n
         WHERE n.person_id = {_PERSON} AND n.read_at IS NULL AND {_IN_INBOX.format(now="$3")}
           AND {_IS_SEEN}
        """,
        caller.access_id,
        caller.project_ids,
        now,
    )
    return count


async def lock_notification(tx: Statements, caller: Principal, notification_id: str) -> Notification | None:
    """One notification of the caller, locked; None when they cannot see it."""
    row = await tx.fetch_row(
        f"""
        {_VISIBLE}
        SELECT {_COLUMNS} FROM notifications n
         WHERE n.person_id = {_PERSON} AND n.id = $3 AND {_IS_SEEN} FOR UPDATE OF n
        """,
        caller.access_id,
        caller.project_ids,
        notification_id,
    )
    return None if row is None else Notification(*row)


async def lock_unread_notifications(tx: Statements, caller: Principal, now: datetime, limit: int) -> list[Notification]:
    """The unread notifications of the caller's inbox, newest first, locked."""
    rows = await tx.fetch(
        f"""
        {_VISIBLE}
        SELECT {_COLUMNS} FROM notifications n
         WHERE n.person_id = {_PERSON} AND n.read_at IS NULL AND {_IN_INBOX.format(now="$3")}
           AND {_IS_SEEN}
         ORDER BY n.id DESC LIMIT $4 FOR UPDATE OF n
        """,
        caller.access_id,
        caller.project_ids,
        now,
        limit,
    )
    return [Notification(*row) for row in rows]


async def update_notification(tx: Statements, person_id: str, notification: Notification) -> None:
    """Store what a person did with a notification that is locked."""
    await tx.execute(
        """
        UPDATE notifications SET read_at = $3, snoozed_until = $4, archived_at = $5, version = $6
         WHERE person_id = $1 AND id = $2
        """,
        person_id,
        notification.id,
        notification.read_at,
        notification.snoozed_until,
        notification.archived_at,
        notification.version,
    )


async def mark_read(tx: Statements, person_id: str, notification_ids: list[str], at: datetime) -> None:
    """Mark locked notifications as read."""
    await tx.execute(
        "UPDATE notifications SET read_at = $3, version = version + 1 WHERE person_id = $1 AND id = ANY($2::uuid[])",
        person_id,
        notification_ids,
        at,
    )
