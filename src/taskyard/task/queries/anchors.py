"""Statements on a task as the place of what hangs on it, and on a project as that of what is made in it."""

from asyncpg import Record

from taskyard.contracts.access import PERMISSIONS_AT_TASK, PERMISSIONS_IN_PROJECT
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Anchor, Footing, Site

ARCHIVED = """CASE WHEN p.archived_at IS NOT NULL THEN 'project' WHEN t.archived_at IS NOT NULL THEN 'task' END"""
"""What keeps things on a task ``t`` of a project ``p`` from being changed."""
ARCHIVED_PROJECT = "CASE WHEN p.archived_at IS NOT NULL THEN 'project' END"
"""The same of things in a project."""
_FIND = f"""
    SELECT t.workspace_id::text, t.project_id::text, t.id::text, {ARCHIVED},
           {PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")}
      FROM tasks t JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3 AND t.deleted_at IS NULL
"""  # by tasks_by_id
_LOCK = _FIND + " FOR NO KEY UPDATE OF t"

_FIND_SITE = f"""
    SELECT p.workspace_id::text, {ARCHIVED_PROJECT},
           {PERMISSIONS_IN_PROJECT.format(row="p", who="$1", projects="$2")}
      FROM project.projects_v1 p WHERE p.project_id = $3
"""


async def find_anchor(db: Statements, caller: Principal, task_id: str) -> Anchor | None:
    """A task that something is to hang on, unless it is in the trash."""
    return _anchor(await db.fetch_row(_FIND, caller.access_id, caller.project_ids, task_id))


async def lock_anchor(tx: Statements, caller: Principal, task_id: str) -> Anchor | None:
    """The same, while nobody else changes what hangs on it in a way that matters to others that do."""
    return _anchor(await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id))


async def find_site(db: Statements, caller: Principal, project_id: str) -> Site | None:
    """A project that something is to be made in."""
    row = await db.fetch_row(_FIND_SITE, caller.access_id, caller.project_ids, project_id)
    return None if row is None else Site(row[0], Footing(row[1], row[2]))


def _anchor(row: Record | None) -> Anchor | None:
    return None if row is None else Anchor(row[0], row[1], row[2], Footing(row[3], row[4]))
