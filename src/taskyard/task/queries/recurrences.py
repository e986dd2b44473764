"""Statements on recurrences. Whoever asks is part of each statement."""

import msgspec
from asyncpg import Record

from taskyard.contracts.access import CAN_IN_PROJECT, PERMISSIONS_IN_PROJECT, VISIBLE_PROJECTS, Permission
from taskyard.contracts.task import RecurringTask
from taskyard.kit.database import Statements
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Footing
from taskyard.task.models.recurrences import LockedRecurrence, Recurrence
from taskyard.task.queries.anchors import ARCHIVED_PROJECT

_RECURRENCE = """
    r.id::text, r.workspace_id::text, r.project_id::text, r.rule, r.starts_on, r.at, r.time_zone, r.task::text, r.state,
    r.problem, r.next_on, r.last_on, r.last_task_id::text, r.created_by::text, r.created_at, r.updated_at, r.version
"""
_PERMISSIONS = PERMISSIONS_IN_PROJECT.format(row="p", who="$1", projects="$2")
_SEES = CAN_IN_PROJECT.format(row="r", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_COUNT = """
    -- tenant: the permission was asked for by find_site
    SELECT count(*) FROM recurrences r WHERE r.workspace_id = $1 AND r.project_id = $2
"""
_FIND = f"SELECT {_RECURRENCE} FROM recurrences r WHERE r.id = $3 AND {_SEES}"
_LIST = f"""
    WITH visible AS MATERIALIZED ({VISIBLE_PROJECTS.format(who="$1", projects="$2")})
    SELECT {_RECURRENCE}
      FROM visible v JOIN recurrences r ON r.workspace_id = v.workspace_id AND r.project_id = v.project_id
     WHERE ($3::uuid IS NULL OR r.project_id = $3) AND r.id > $4::uuid ORDER BY r.id LIMIT $5
"""
_LOCK = f"""
    SELECT {_RECURRENCE}, {ARCHIVED_PROJECT}, {_PERMISSIONS}
      FROM recurrences r
      JOIN project.projects_v1 p ON p.workspace_id = r.workspace_id AND p.project_id = r.project_id
     WHERE r.id = $3 FOR UPDATE OF r
"""
_FIND_TO_RUN = f"""
    -- tenant: a job works for whoever made the recurrence, who is asked about when the task is made
    SELECT {_RECURRENCE} FROM recurrences r WHERE r.workspace_id = $1 AND r.id = $2
"""
_LOCK_TO_RUN = _FIND_TO_RUN + " FOR UPDATE OF r"
_INSERT = """
    -- tenant: the permission was asked for by find_site
    INSERT INTO recurrences (workspace_id, id, project_id, rule, starts_on, at, time_zone, task, state, next_on,
                             created_by, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12, $12)
"""
_UPDATE = """
    -- tenant: the recurrence was locked
    UPDATE recurrences
       SET rule = $3, at = $4, time_zone = $5, task = $6::jsonb, state = $7, problem = $8, next_on = $9, last_on = $10,
           last_task_id = $11, updated_at = $12, version = $13
     WHERE workspace_id = $1 AND id = $2
"""
_INSERT_OCCURRENCE = """
    -- tenant: the recurrence was locked by lock_to_run
    INSERT INTO recurrence_tasks (workspace_id, recurrence_id, day, task_id) VALUES ($1, $2, $3, $4)
"""
_DELETE = """
    -- tenant: the recurrence was locked with the caller's permissions by lock_recurrence
    DELETE FROM recurrences WHERE workspace_id = $1 AND id = $2
"""


async def count_recurrences(db: Statements, workspace_id: str, project_id: str) -> int:
    """How many a project has."""
    count: int = await db.fetch_value(_COUNT, workspace_id, project_id)
    return count


async def find_recurrence(db: Statements, caller: Principal, recurrence_id: str) -> Recurrence | None:
    """One that the caller sees."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, recurrence_id)
    return None if row is None else _recurrence(row)


async def list_recurrences(
    db: Statements, caller: Principal, project_id: str | None, after: str, limit: int
) -> list[Recurrence]:
    """Those of a project, or of all that the caller sees, the oldest first."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, project_id, after, limit)
    return [_recurrence(row) for row in rows]


async def lock_recurrence(tx: Statements, caller: Principal, recurrence_id: str) -> LockedRecurrence | None:
    """One, locked, with what the caller may do in its project."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, recurrence_id)
    return None if row is None else LockedRecurrence(_recurrence(row), Footing(*row[-2:]))


async def find_to_run(db: Statements, workspace_id: str, recurrence_id: str) -> Recurrence | None:
    """One whose day may have come."""
    row = await db.fetch_row(_FIND_TO_RUN, workspace_id, recurrence_id)
    return None if row is None else _recurrence(row)


async def lock_to_run(tx: Statements, workspace_id: str, recurrence_id: str) -> Recurrence | None:
    """The same, locked."""
    row = await tx.fetch_row(_LOCK_TO_RUN, workspace_id, recurrence_id)
    return None if row is None else _recurrence(row)


async def insert_recurrence(tx: Statements, one: Recurrence) -> None:
    """Store a new one."""
    when = (one.rule, one.starts_on, one.at, one.time_zone, _json(one.task), one.state, one.next_on)
    await tx.execute(_INSERT, one.workspace_id, one.id, one.project_id, *when, one.created_by, one.created_at)


async def update_recurrence(tx: Statements, one: Recurrence) -> None:
    """Store the next version of a locked one."""
    what = (one.rule, one.at, one.time_zone, _json(one.task), one.state, one.problem)
    run = (one.next_on, one.last_on, one.last_task_id)
    await tx.execute(_UPDATE, one.workspace_id, one.id, *what, *run, one.updated_at, one.version)


async def insert_occurrence(tx: Statements, one: Recurrence) -> None:
    """Note the task of the last day: there is one of each day."""
    await tx.execute(_INSERT_OCCURRENCE, one.workspace_id, one.id, one.last_on, one.last_task_id)


async def delete_recurrence(tx: Statements, one: Recurrence) -> None:
    """Forget a locked one; the tasks it made stay."""
    await tx.execute(_DELETE, one.workspace_id, one.id)


def _json(task: RecurringTask) -> str:
    return encode_json(task).decode()


def _recurrence(row: Record) -> Recurrence:
    values = [*row[:7], msgspec.json.decode(row[7], type=RecurringTask), *row[8:17]]
    return Recurrence(*values)
