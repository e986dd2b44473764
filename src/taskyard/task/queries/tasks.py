"""Statements on single tasks. Whoever asks is part of each statement.

Who was given a task alone is found by a second statement, where the first found nobody who may: it costs the others
nothing.
"""

from datetime import datetime

import msgspec
from asyncpg import Record

from taskyard.contracts.access import (
    CAN_BY_GRANT,
    CAN_IN_PROJECT,
    PERMISSIONS_BY_GRANT,
    PERMISSIONS_IN_PROJECT,
    PERSON,
    Permission,
    holds,
)
from taskyard.kit.changelog import Change, event_values
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.joint_trips import Joint
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.kit.queries.changelog import with_event
from taskyard.kit.queries.idempotency import unless_kept, with_answer
from taskyard.kit.ranks import rank_of
from taskyard.task.models.moves import Move
from taskyard.task.models.tasks import ChangeableTask, Task
from taskyard.task.queries.columns import PRIORITIES, TASK, task_of
from taskyard.task.queries.moves import GOVERNED, WAY

_PERSON = PERSON.format(who="$1")
_SEES_TASK = CAN_IN_PROJECT.format(row="t", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_MAY_CREATE = CAN_IN_PROJECT.format(row="p", who="$1", projects="$2", needed=int(Permission.TASK_CREATE))
_MAY_EDIT = CAN_IN_PROJECT.format(row="t", who="$1", projects="$2", needed=int(Permission.TASK_EDIT))
_PERMISSIONS_AT_TASK = PERMISSIONS_IN_PROJECT.format(row="t", who="$1", projects="$2")
_GIVEN = PERMISSIONS_BY_GRANT.format(row="t", task="t.id", who="$1", projects="$2")
_SEES_GIVEN = CAN_BY_GRANT.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_MAY_EDIT_GIVEN = CAN_BY_GRANT.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.TASK_EDIT))
_PERMISSIONS_AT_PROJECT = PERMISSIONS_IN_PROJECT.format(row="p", who="$1", projects="$2")
_BY_KEY = """
    project.workspaces_v1 w
    JOIN project.projects_v1 p ON p.workspace_id = w.workspace_id AND p.key = $4
    JOIN tasks t ON t.workspace_id = p.workspace_id AND t.project_id = p.project_id AND t.number = $5
"""

_OF_ID = f"SELECT {TASK} FROM tasks t WHERE t.id = $3 AND t.deleted_at IS NULL"  # by tasks_by_id
_FIND = Joint(f"{_OF_ID} AND {_SEES_TASK}")
_FIND_GIVEN = f"{_OF_ID} AND {_SEES_GIVEN}"
_OF_KEY = f"SELECT {TASK} FROM {_BY_KEY} WHERE w.slug = $3 AND t.deleted_at IS NULL"
_FIND_BY_KEY = f"{_OF_KEY} AND {_SEES_TASK}"
_FIND_GIVEN_BY_KEY = f"{_OF_KEY} AND {_SEES_GIVEN}"
_FIND_ID_BY_KEY = f"""
    SELECT t.id::text FROM {_BY_KEY} WHERE w.slug = $3 AND ({_SEES_TASK} OR {_SEES_GIVEN})
"""
_PERMISSIONS = f"SELECT {_PERMISSIONS_AT_TASK} | {_GIVEN} FROM tasks t WHERE t.id = $3"
_PERMISSIONS_GIVEN = f"SELECT {_GIVEN} FROM tasks t WHERE t.id = $3"
_SEES_PROJECT = f"""
    SELECT {_PERMISSIONS_AT_PROJECT} & {int(Permission.PROJECT_VIEW)} <> 0
      FROM project.projects_v1 p WHERE p.project_id = $3
"""
_FIND_FOR_CHANGE = f"""
    SELECT {TASK}, t.deleted_at IS NOT NULL, p.archived_at IS NOT NULL, {_PERMISSIONS_AT_TASK}, false
      FROM tasks t
      JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3
"""  # by tasks_by_id
_LOOK_FOR_CHANGE = Joint(_FIND_FOR_CHANGE)
_LOCK = _FIND_FOR_CHANGE + " FOR UPDATE OF t"
_FIND_FOR_MOVE = f"""
    SELECT {TASK}, t.deleted_at IS NOT NULL, p.archived_at IS NOT NULL, {_PERMISSIONS_AT_TASK},
           coalesce(s.category IN ('done', 'cancelled'), false) AND EXISTS (
                SELECT FROM tasks c
                 WHERE c.workspace_id = t.workspace_id AND c.parent_id = t.id
                   AND c.deleted_at IS NULL AND c.archived_at IS NULL AND c.completed_at IS NULL),
           {GOVERNED}
      FROM tasks t
      JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
      LEFT JOIN project.states_v2 s
        ON s.workspace_id = t.workspace_id AND s.project_id = t.project_id AND s.key = $4
      {WAY.format(row="t", source="t.status", governed="true", person=_PERSON)}
     WHERE t.id = $3
"""  # by tasks_by_id and tasks_by_parent
_LOOK_FOR_MOVE = Joint(_FIND_FOR_MOVE)
_LOCK_FOR_MOVE = _FIND_FOR_MOVE + " FOR UPDATE OF t"
_INSERT = f"""
    WITH written AS (
    INSERT INTO tasks AS t (workspace_id, project_id, id, number, key, title, description, status, priority,
                            assignee_ids, parent_id, label_ids, milestone_id, iteration_id, start_on, due_on, due_at,
                            estimate, custom, completed_at, created_by, created_at, updated_at, rank)
    SELECT p.workspace_id, p.project_id, $4::uuid, $5::integer, p.key || '-' || $5::integer, $6::text, $7::text,
           $8::text, $9::smallint, $10::uuid[], $11::uuid, $12::uuid[], $13::uuid, $14::uuid, $15::date, $16::date,
           $17::timestamptz, $18::float8, $19::jsonb, $20::timestamptz, {_PERSON},
           $21::timestamptz, $21::timestamptz, $22::text
      FROM project.projects_v1 p
     WHERE p.project_id = $3 AND p.archived_at IS NULL AND {_MAY_CREATE} {{unless}}
    RETURNING t.id
    ), {with_event("written", 23)} {{beside}}
    SELECT EXISTS (SELECT FROM written)
"""
_INSERT_TASK = Joint(
    _INSERT.format(unless="", beside=""),
    is_write=True,
    keeping=Joint(
        _INSERT.format(unless=f"AND {unless_kept(35)}", beside=f", {with_answer('written', 35)}"), is_write=True
    ),
)
_UPDATE_SQL = f"""
    WITH {{patience}} written AS (
        UPDATE tasks AS t
           SET title = $5, description = $6, status = $7, priority = $8, assignee_ids = $9, parent_id = $10,
               label_ids = $11, milestone_id = $12, iteration_id = $13, start_on = $14, due_on = $15, due_at = $16,
               estimate = $17::float8, custom = $18::jsonb, completed_at = $19, updated_at = $20,
               version = t.version + 1
          FROM project.projects_v1 p {{after}}
         WHERE t.id = $3 AND t.version = $4 AND t.deleted_at IS NULL
           AND p.workspace_id = t.workspace_id AND p.project_id = t.project_id AND p.archived_at IS NULL
           AND {{may_edit}}
        RETURNING t.id
    ), {with_event("written", 21)}
    SELECT EXISTS (SELECT FROM written)
"""  # by tasks_by_id
_LITTLE_PATIENCE = """little_patience AS MATERIALIZED (
        SELECT set_config('lock_timeout', '50ms', true)
    ),"""
_UPDATE, _UPDATE_GIVEN = (
    Joint(
        _UPDATE_SQL.format(patience="", after="", may_edit=may_edit),
        together=_UPDATE_SQL.format(patience=_LITTLE_PATIENCE, after="CROSS JOIN little_patience", may_edit=may_edit),
        is_write=True,
    )
    for may_edit in (_MAY_EDIT, _MAY_EDIT_GIVEN)
)
_MARK_DELETED = f"""
    -- tenant: the row was locked with its permissions by lock_task
    UPDATE tasks AS t
       SET deleted_at = $3, updated_at = $4, status = $5, completed_at = $6, label_ids = $7, custom = $8::jsonb,
           milestone_id = $9, iteration_id = $10,
           version = t.version + 1
     WHERE t.workspace_id = $1 AND t.id = $2
    RETURNING {TASK}
"""
_MARK_ARCHIVED = f"""
    -- tenant: the row was locked with its permissions by lock_task
    UPDATE tasks AS t SET archived_at = $3, updated_at = $4, version = t.version + 1
     WHERE t.workspace_id = $1 AND t.id = $2
    RETURNING {TASK}
"""


async def find_task(db: Database, caller: Principal, task_id: str) -> Task | None:
    """A task by its id, unless it is in the trash or the caller does not see it."""
    row = await db.fetch_row_jointly(_FIND, task_id, caller.access_id, caller.project_ids, task_id)
    if row is None:
        row = await db.fetch_row(_FIND_GIVEN, caller.access_id, caller.project_ids, task_id)
    return None if row is None else task_of(row)


async def find_task_by_key(db: Statements, caller: Principal, slug: str, key: tuple[str, int]) -> Task | None:
    """A task by its workspace's slug, its project's key and its number."""
    row = await db.fetch_row(_FIND_BY_KEY, caller.access_id, caller.project_ids, slug, *key)
    if row is None:
        row = await db.fetch_row(_FIND_GIVEN_BY_KEY, caller.access_id, caller.project_ids, slug, *key)
    return None if row is None else task_of(row)


async def find_task_id_by_key(db: Statements, caller: Principal, slug: str, key: tuple[str, int]) -> str | None:
    """The id of a task by its key, also when it is in the trash."""
    task_id: str | None = await db.fetch_value(_FIND_ID_BY_KEY, caller.access_id, caller.project_ids, slug, *key)
    return task_id


async def find_permissions(db: Statements, caller: Principal, task_id: str) -> int | None:
    """What the caller may do at a task, in the trash or not; None when there is no such task."""
    permissions: int | None = await db.fetch_value(_PERMISSIONS, caller.access_id, caller.project_ids, task_id)
    return permissions


async def sees_project(db: Statements, caller: Principal, project_id: str) -> bool:
    """Whether the caller sees a project."""
    return bool(await db.fetch_value(_SEES_PROJECT, caller.access_id, caller.project_ids, project_id))


async def find_for_change(db: Database, caller: Principal, task_id: str) -> ChangeableTask | None:
    """A task, in the trash or not, with what decides about a change of it."""
    row = await db.fetch_row_jointly(_LOOK_FOR_CHANGE, task_id, caller.access_id, caller.project_ids, task_id)
    return None if row is None else await _with_grant(db, caller, ChangeableTask(task_of(row), None, *row[-4:]))


async def lock_task(tx: Statements, caller: Principal, task_id: str) -> ChangeableTask | None:
    """The same, locked until the end of the transaction."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id)
    return None if row is None else await _with_grant(tx, caller, ChangeableTask(task_of(row), None, *row[-4:]))


async def find_for_move(db: Database, caller: Principal, task_id: str, status: str) -> ChangeableTask | None:
    """The same as find_for_change for a change of status, with what decides about that."""
    row = await db.fetch_row_jointly(_LOOK_FOR_MOVE, task_id, caller.access_id, caller.project_ids, task_id, status)
    return None if row is None else await _with_grant(db, caller, _movable(row))


async def lock_for_move(tx: Statements, caller: Principal, task_id: str, status: str) -> ChangeableTask | None:
    """The same, locked until the end of the transaction."""
    row = await tx.fetch_row(_LOCK_FOR_MOVE, caller.access_id, caller.project_ids, task_id, status)
    return None if row is None else await _with_grant(tx, caller, _movable(row))


async def insert_task(tx: Transaction, caller: Principal, task: Task, change: Change) -> bool:
    """Store a new task and its event; False when the caller may not create tasks in its project, or it is archived."""
    return await tx.write_announced(
        change.type,
        _INSERT_TASK,
        "",
        caller.access_id,
        caller.project_ids,
        task.project_id,
        task.id,
        task.number,
        *_fields(task),
        task.created_at,
        rank_of(task.number),
        *event_values(tx.cause, change),
        result=task,
    )


async def update_task(
    tx: Transaction, caller: Principal, task: Task, change: Change, *, by_grant: bool = False
) -> bool:
    """Store the next version of a task and its event.

    False when it is not at the version before any more, or the caller may not change it any more.
    """
    return await tx.write_announced(
        change.type,
        _UPDATE_GIVEN if by_grant else _UPDATE,
        task.id,
        caller.access_id,
        caller.project_ids,
        task.id,
        task.version - 1,
        *_fields(task),
        task.updated_at,
        *event_values(tx.cause, change),
    )


async def mark_deleted(tx: Statements, task: Task, deleted_at: datetime | None, at: datetime) -> Task:
    """Put a locked task into the trash, or with None take it out, as it is arranged now."""
    arranged = (task.status, task.completed_at, task.label_ids, encode_json(task.custom).decode())
    planned = (task.milestone_id, task.iteration_id)
    row = await tx.fetch_row(_MARK_DELETED, task.workspace_id, task.id, deleted_at, at, *arranged, *planned)
    return _changed(row)


async def mark_archived(tx: Statements, task: Task, at: datetime, *, archived: bool) -> Task:
    """Archive a locked task, or take it out of the archive."""
    return _changed(await tx.fetch_row(_MARK_ARCHIVED, task.workspace_id, task.id, at if archived else None, at))


async def _with_grant(db: Statements, caller: Principal, found: ChangeableTask) -> ChangeableTask:
    """The same with what the caller was given for this task alone, where its project does not let them change it."""
    if holds(found.permissions, Permission.TASK_EDIT):
        return found
    given: int = await db.fetch_value(_PERMISSIONS_GIVEN, caller.access_id, caller.project_ids, found.task.id)
    by_grant = holds(given, Permission.TASK_EDIT)
    return msgspec.structs.replace(found, permissions=found.permissions | given, by_grant=by_grant)


def _movable(row: Record) -> ChangeableTask:
    return ChangeableTask(task_of(row), Move(*row[-6:]), *row[-10:-6])


def _changed(row: Record | None) -> Task:
    if row is None:
        raise LookupError("the task was not locked before it was changed")
    return task_of(row)


def _fields(task: Task) -> tuple[object, ...]:
    """What a person sets, and what follows from it."""
    return (
        task.title,
        task.description,
        task.status,
        PRIORITIES.index(task.priority),
        task.assignee_ids,
        task.parent_id,
        task.label_ids,
        task.milestone_id,
        task.iteration_id,
        task.start_on,
        task.due_on,
        task.due_at,
        task.estimate,
        encode_json(task.custom).decode(),
        task.completed_at,
    )
