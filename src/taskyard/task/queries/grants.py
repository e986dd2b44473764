"""Statements on single tasks that are given to people. The project is that of the task."""

from datetime import datetime

from asyncpg import Record

from taskyard.contracts.access import CAN_BY_GRANT, CAN_IN_PROJECT, PERMISSIONS_AT_TASK, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Footing
from taskyard.task.models.grants import LEVEL_OF, LEVELS, Grant, LockedGrant, SharedTask
from taskyard.task.queries.anchors import ARCHIVED
from taskyard.task.queries.columns import TASK, WIDTH, task_of

_GRANT = """
    s.id::text, s.workspace_id::text, t.project_id::text, s.task_id::text, s.person_id::text, s.permissions,
    s.created_by::text, s.created_at, s.version
"""
_WITH_TASK = "grants s JOIN tasks t ON t.workspace_id = s.workspace_id AND t.id = s.task_id"
_SEES_PROJECT = CAN_IN_PROJECT.format(row="t", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_HAS_GRANT = CAN_BY_GRANT.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_LIST = f"""
    SELECT {_GRANT} FROM {_WITH_TASK}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND s.person_id > $5
       AND ({_SEES_PROJECT} OR (s.person_id = $4 AND {_HAS_GRANT}))
     ORDER BY s.person_id LIMIT $6
"""  # by the primary key of grants
_LOCK = f"""
    SELECT {_GRANT}, {ARCHIVED},
           {PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")}
      FROM {_WITH_TASK} JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3 AND s.person_id = $4 AND t.deleted_at IS NULL
       FOR UPDATE OF s
"""
_CAN_BE_GIVEN = """
    SELECT EXISTS (SELECT FROM project.subjects_v1 WHERE workspace_id = $1 AND person_id = $2 AND subject_id = $2),
           -- tenant: the task was found with the caller's permissions by find_anchor
           (SELECT count(*) FROM grants WHERE workspace_id = $1 AND task_id = $3)
"""
_INSERT = """
    -- tenant: the task was found with the caller's permissions by find_anchor
    INSERT INTO grants (workspace_id, task_id, person_id, id, permissions, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (workspace_id, task_id, person_id) DO NOTHING
"""
_UPDATE = """
    -- tenant: the grant was locked with the caller's permissions by lock_grant
    UPDATE grants SET permissions = $4, version = $5 WHERE workspace_id = $1 AND task_id = $2 AND person_id = $3
"""
_DELETE = """
    -- tenant: the grant was locked with the caller's permissions by lock_grant
    DELETE FROM grants WHERE workspace_id = $1 AND task_id = $2 AND person_id = $3
"""
_DELETE_OF_PERSON = f"""
    -- tenant: whose place in the workspace ended, which is not asked about
    DELETE FROM grants s USING tasks t
     WHERE s.workspace_id = $1 AND s.person_id = $2 AND s.created_at < $3
       AND t.workspace_id = s.workspace_id AND t.id = s.task_id
    RETURNING {_GRANT}
"""  # by grants_of_person
_SHARED = f"""
    SELECT {TASK}, g.id::text, g.permissions, g.created_by::text, g.created_at
      FROM project.subjects_v2 s
      JOIN grants g ON g.workspace_id = s.workspace_id AND g.person_id = s.subject_id
      JOIN tasks t ON t.workspace_id = g.workspace_id AND t.id = g.task_id AND t.deleted_at IS NULL
      JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE s.access_id = $1 AND ($2::uuid[] IS NULL OR t.project_id = ANY($2::uuid[])) AND g.id < $3
     ORDER BY g.id DESC LIMIT $4
"""  # by grants_of_person


async def list_grants(db: Statements, caller: Principal, task_id: str, after: str, limit: int) -> list[Grant]:
    """One page of whom a task was given to; who does not see its project is told of themselves alone."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id, caller.id, after, limit)
    return [_grant(row) for row in rows]


async def lock_grant(tx: Statements, caller: Principal, task_id: str, person_id: str) -> LockedGrant | None:
    """What a person was given of a task, locked, with what the caller may do there."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id, person_id)
    return None if row is None else LockedGrant(_grant(row), Footing(*row[-2:]))


async def find_recipient(tx: Statements, workspace_id: str, person_id: str, task_id: str) -> tuple[bool, int]:
    """Whether a person belongs to a workspace, and with how many people a task of it is shared."""
    row = await tx.fetch_row(_CAN_BE_GIVEN, workspace_id, person_id, task_id)
    return (False, 0) if row is None else (row[0], row[1])


async def insert_grant(tx: Statements, grant: Grant) -> bool:
    """Give a task to somebody; False where they have it already."""
    names = (grant.workspace_id, grant.task_id, grant.user_id, grant.id)
    tag = await tx.execute(_INSERT, *names, LEVELS[grant.level], grant.created_by, grant.created_at)
    return tag == "INSERT 0 1"


async def update_grant(tx: Statements, grant: Grant) -> None:
    """Store the next version of a locked grant."""
    await tx.execute(_UPDATE, grant.workspace_id, grant.task_id, grant.user_id, LEVELS[grant.level], grant.version)


async def delete_grant(tx: Statements, grant: Grant) -> None:
    """End a locked grant."""
    await tx.execute(_DELETE, grant.workspace_id, grant.task_id, grant.user_id)


async def delete_grants_of_person(tx: Statements, workspace_id: str, person_id: str, before: datetime) -> list[Grant]:
    """End what a person was given in a workspace before an instant."""
    return [_grant(row) for row in await tx.fetch(_DELETE_OF_PERSON, workspace_id, person_id, before)]


async def list_shared_tasks(db: Statements, caller: Principal, before: str, limit: int) -> list[SharedTask]:
    """One page of the tasks that were given to the caller, latest first."""
    rows = await db.fetch(_SHARED, caller.access_id, caller.project_ids, before, limit)
    return [_shared(row) for row in rows]


def _grant(row: Record) -> Grant:
    names, permissions, rest = row[:5], row[5], row[6:9]
    return Grant(*[*names, LEVEL_OF[permissions], *rest])


def _shared(row: Record) -> SharedTask:
    task, (grant_id, permissions, shared_by, shared_at) = task_of(row), row[WIDTH:]
    fields = {name: getattr(task, name) for name in task.__struct_fields__}
    return SharedTask(
        **fields, grant_id=grant_id, level=LEVEL_OF[permissions], shared_by=shared_by, shared_at=shared_at
    )
