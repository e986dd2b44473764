"""Statements on reminders: everybody's own, of tasks they see; the project is that of the task."""

from datetime import datetime

from taskyard.contracts.access import CAN_AT_TASK, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.reminders import Reminder

_REMINDER = """
    r.id::text, r.workspace_id::text, t.project_id::text, r.task_id::text, r.person_id::text, r.remind_at,
    r.created_at, r.told_at, r.version
"""
_WITH_TASK = "reminders r JOIN tasks t ON t.workspace_id = r.workspace_id AND t.id = r.task_id"
_TO_COME = "t.deleted_at IS NULL AND r.told_at IS NULL"
_PERSON = PERSON.format(who="$1")
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_LIST = f"""
    SELECT {_REMINDER} FROM {_WITH_TASK}
     WHERE t.id = $3 AND r.person_id = {_PERSON} AND {_TO_COME} AND {_SEES} ORDER BY r.remind_at
"""  # by reminders_to_come
_LOCK = f"""
    SELECT {_REMINDER} FROM {_WITH_TASK}
     WHERE t.id = $3 AND r.id = $4 AND r.person_id = {_PERSON} AND {_TO_COME} AND {_SEES} FOR UPDATE OF r
"""
_LOCK_TO_TELL = f"""
    -- tenant: a job tells the person whose it is, who is asked about by whoever delivers it
    SELECT {_REMINDER} FROM {_WITH_TASK} WHERE r.workspace_id = $1 AND r.id = $2 AND {_TO_COME} FOR UPDATE OF r
"""
_INSERT = """
    -- tenant: the task was locked with the caller's permissions by lock_anchor
    INSERT INTO reminders (workspace_id, id, task_id, person_id, remind_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_MARK_TOLD = """
    -- tenant: the reminder was locked by lock_reminder_to_tell
    UPDATE reminders SET told_at = $3, version = $4 WHERE workspace_id = $1 AND id = $2
"""
_DELETE = """
    -- tenant: the reminder was locked with the caller's permissions by lock_reminder
    DELETE FROM reminders WHERE workspace_id = $1 AND id = $2
"""


async def list_reminders(db: Statements, caller: Principal, task_id: str) -> list[Reminder]:
    """The caller's reminders of a visible task that are to come, the next one first."""
    return [Reminder(*row) for row in await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id)]


async def lock_reminder(tx: Statements, caller: Principal, task_id: str, reminder_id: str) -> Reminder | None:
    """One of them, locked; None where there is no such."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id, reminder_id)
    return None if row is None else Reminder(*row)


async def lock_reminder_to_tell(tx: Statements, workspace_id: str, reminder_id: str) -> Reminder | None:
    """A reminder that was not told yet, of a task that is not in the trash, locked."""
    row = await tx.fetch_row(_LOCK_TO_TELL, workspace_id, reminder_id)
    return None if row is None else Reminder(*row)


async def insert_reminder(tx: Statements, reminder: Reminder) -> None:
    """Store a new reminder of a locked task."""
    names = (reminder.workspace_id, reminder.id, reminder.task_id, reminder.person_id)
    await tx.execute(_INSERT, *names, reminder.remind_at, reminder.created_at)


async def mark_told(tx: Statements, reminder: Reminder, at: datetime | None) -> None:
    """Note that a locked reminder was told."""
    await tx.execute(_MARK_TOLD, reminder.workspace_id, reminder.id, at, reminder.version)


async def delete_reminder(tx: Statements, reminder: Reminder) -> None:
    """Forget a locked reminder."""
    await tx.execute(_DELETE, reminder.workspace_id, reminder.id)
