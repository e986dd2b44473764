"""Statements on who watches a task. Whoever asks is part of each statement."""

from datetime import datetime

from taskyard.contracts.access import CAN_AT_TASK, PERSON, Permission
from taskyard.contracts.task import WatchSnapshot
from taskyard.kit.database import Statements
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal

_PERSON = PERSON.format(who="$1")
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_WATCHES = f"""EXISTS (
    SELECT FROM task.watchers_v1 w
     WHERE w.workspace_id = t.workspace_id AND w.task_id = t.id AND w.person_id = {_PERSON}
)"""
_FIND = f"SELECT {_WATCHES} FROM tasks t WHERE t.id = $3 AND t.deleted_at IS NULL AND {_SEES}"
_SAID = """
    f.id::text, t.workspace_id::text, t.project_id::text, t.id::text, f.person_id::text, f.is_watching, f.version
"""
_LOCK = f"""
    SELECT {_SAID}
      FROM tasks t JOIN watches f ON f.workspace_id = t.workspace_id AND f.task_id = t.id AND f.person_id = {_PERSON}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND {_SEES}
       FOR UPDATE OF f
"""
_SAY = f"""
    WITH t AS (
        SELECT t.workspace_id, t.project_id, t.id FROM tasks t WHERE t.id = $3 AND t.deleted_at IS NULL AND {_SEES}
    ), f AS (
        INSERT INTO watches AS w (workspace_id, task_id, person_id, id, is_watching, changed_at)
        SELECT t.workspace_id, t.id, {_PERSON}, $4, $5, $6 FROM t
        ON CONFLICT (workspace_id, task_id, person_id)
        DO UPDATE SET is_watching = $5, changed_at = $6, version = w.version + 1
        RETURNING w.*
    )
    SELECT {_SAID} FROM f CROSS JOIN t
"""


async def find_watching(db: Statements, caller: Principal, task_id: str) -> bool | None:
    """Whether the caller watches a task; None when they do not see it."""
    watching: bool | None = await db.fetch_value(_FIND, caller.access_id, caller.project_ids, task_id)
    return watching


async def lock_watch(tx: Statements, caller: Principal, task_id: str) -> WatchSnapshot | None:
    """What the caller last said about watching a task, locked; None when nothing."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id)
    return None if row is None else WatchSnapshot(*row)


async def store_watch(
    tx: Statements, caller: Principal, task_id: str, at: datetime, *, is_watching: bool
) -> WatchSnapshot | None:
    """Store what the caller says about watching a task; None when they do not see it."""
    row = await tx.fetch_row(_SAY, caller.access_id, caller.project_ids, task_id, new_id(), is_watching, at)
    return None if row is None else WatchSnapshot(*row)
