"""Statements on time that was spent. Whoever asks is part of each; the project is that of the task."""

from datetime import datetime

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_AT_TASK, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Footing
from taskyard.task.models.time_entries import LockedEntry, PersonTotal, TimeEntry
from taskyard.task.queries.anchors import ARCHIVED

_ENTRY = """
    e.id::text, e.workspace_id::text, t.project_id::text, e.task_id::text, e.person_id::text, e.started_at, e.seconds,
    e.note, e.created_at, e.updated_at, e.version
"""
_WITH_TASK = "time_entries e JOIN tasks t ON t.workspace_id = e.workspace_id AND t.id = e.task_id"
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PERMISSIONS = PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")
_LIST = f"""
    SELECT {_ENTRY} FROM {_WITH_TASK}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND e.deleted_at IS NULL
       AND (e.started_at, e.id) < ($4::timestamptz, $5::uuid) AND {_SEES}
     ORDER BY e.started_at DESC, e.id DESC LIMIT $6
"""  # by time_entries_of_task
_TOTALS = f"""
    SELECT e.person_id::text, sum(e.seconds)::bigint FROM {_WITH_TASK}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND e.deleted_at IS NULL AND e.seconds IS NOT NULL AND {_SEES}
     GROUP BY e.person_id ORDER BY 2 DESC, 1
"""
_FIND = f"""
    SELECT {_ENTRY} FROM {_WITH_TASK}
     WHERE t.id = $3 AND e.id = $4 AND t.deleted_at IS NULL AND e.deleted_at IS NULL AND {_SEES}
"""
_LOCK = f"""
    SELECT {_ENTRY}, {ARCHIVED}, {_PERMISSIONS}
      FROM {_WITH_TASK} JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3 AND e.id = $4 AND t.deleted_at IS NULL AND e.deleted_at IS NULL
       FOR NO KEY UPDATE OF e
"""
_RUNNING = f"""
    -- tenant: a person's own timer, which they may stop whatever became of the task
    SELECT {_ENTRY} FROM {_WITH_TASK} WHERE e.person_id = $1 AND e.seconds IS NULL AND e.deleted_at IS NULL
"""  # by time_entries_running
_LOCK_RUNNING = _RUNNING + " FOR NO KEY UPDATE OF e"
_INSERT = """
    -- tenant: the task was found with the caller's permissions by find_anchor
    INSERT INTO time_entries (workspace_id, id, task_id, person_id, started_at, seconds, note, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    ON CONFLICT (person_id) WHERE seconds IS NULL AND deleted_at IS NULL DO NOTHING
"""
_UPDATE = """
    -- tenant: the entry was locked with the caller's permissions by lock_entry, or as their own by lock_running
    UPDATE time_entries SET started_at = $3, seconds = $4, note = $5, updated_at = $6, version = $7
     WHERE workspace_id = $1 AND id = $2
"""
_DELETE = """
    -- tenant: the entry was locked with the caller's permissions by lock_entry
    UPDATE time_entries SET deleted_at = $3, updated_at = $3, version = $4 WHERE workspace_id = $1 AND id = $2
"""


async def list_entries(
    db: Statements, caller: Principal, task_id: str, after: tuple[datetime, str], limit: int
) -> list[TimeEntry]:
    """One page of a visible task's entries, latest first."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id, *after, limit)
    return [TimeEntry(*row) for row in rows]


async def list_totals(db: Statements, caller: Principal, task_id: str) -> list[PersonTotal]:
    """How long each person worked on a visible task."""
    return [PersonTotal(*row) for row in await db.fetch(_TOTALS, caller.access_id, caller.project_ids, task_id)]


async def find_entry(db: Statements, caller: Principal, task_id: str, entry_id: str) -> TimeEntry | None:
    """One entry of a visible task."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, task_id, entry_id)
    return None if row is None else TimeEntry(*row)


async def lock_entry(tx: Statements, caller: Principal, task_id: str, entry_id: str) -> LockedEntry | None:
    """One entry, locked, with what decides whether it may be changed."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id, entry_id)
    return None if row is None else LockedEntry(TimeEntry(*row[:-2]), Footing(*row[-2:]))


async def find_running(db: Statements, caller: Principal) -> TimeEntry | None:
    """The timer of the caller that runs."""
    row = await db.fetch_row(_RUNNING, caller.id)
    return None if row is None else TimeEntry(*row)


async def lock_running(tx: Statements, caller: Principal) -> TimeEntry | None:
    """The same, locked."""
    row = await tx.fetch_row(_LOCK_RUNNING, caller.id)
    return None if row is None else TimeEntry(*row)


async def insert_entry(tx: Statements, entry: TimeEntry) -> bool:
    """Store an entry; False where it is a timer and the person has one already."""
    names = (entry.workspace_id, entry.id, entry.task_id, entry.person_id)
    values = (entry.started_at, entry.seconds, entry.note, entry.created_at)
    return await tx.execute(_INSERT, *names, *values) == "INSERT 0 1"


async def update_entry(tx: Statements, entry: TimeEntry) -> None:
    """Store the next version of a locked entry."""
    values = (entry.started_at, entry.seconds, entry.note, entry.updated_at, entry.version)
    await tx.execute(_UPDATE, entry.workspace_id, entry.id, *values)


async def mark_deleted(tx: Statements, entry: TimeEntry) -> None:
    """Take a locked entry out."""
    await tx.execute(_DELETE, entry.workspace_id, entry.id, entry.updated_at, entry.version)
