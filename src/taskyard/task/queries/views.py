"""Statements on views: one's own, and those that are shared in projects one sees."""

from taskyard.contracts.access import PERMISSIONS_IN_PROJECT, PERSON, VISIBLE_PROJECTS, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Footing
from taskyard.task.models.views import LockedView, View
from taskyard.task.queries.anchors import ARCHIVED_PROJECT

_VIEW = """
    v.id::text, v.workspace_id::text, v.project_id::text, v.name, v.filter, v.sort, v.layout, v.columns, v.is_shared,
    v.created_by::text, v.created_at, v.updated_at, v.version
"""
_PERSON = PERSON.format(who="$1")
_PERMISSIONS = PERMISSIONS_IN_PROJECT.format(row="p", who="$1", projects="$2")
_SEES = f"""
    CASE WHEN p.project_id IS NULL THEN v.created_by = {_PERSON}
         ELSE (v.is_shared OR v.created_by = {_PERSON}) AND {_PERMISSIONS} & {int(Permission.PROJECT_VIEW)} <> 0 END
"""
_ONE = f"""
    SELECT {_VIEW}, {ARCHIVED_PROJECT}, CASE WHEN p.project_id IS NOT NULL THEN {_PERMISSIONS} END
      FROM views v
      LEFT JOIN project.projects_v1 p ON p.workspace_id = v.workspace_id AND p.project_id = v.project_id
     WHERE v.id = $3 AND {_SEES}
"""
_LOCK = _ONE + " FOR UPDATE OF v"
_LIST = f"""
    WITH visible AS MATERIALIZED ({VISIBLE_PROJECTS.format(who="$1", projects="$2")})
    SELECT {_VIEW} FROM views v
     WHERE v.created_by = {_PERSON} AND v.id > $4::uuid AND ($3::uuid IS NULL OR v.project_id = $3)
       AND (v.project_id IS NULL OR EXISTS (SELECT FROM visible p WHERE p.project_id = v.project_id))
     UNION ALL
    SELECT {_VIEW} FROM visible p
      JOIN views v ON v.workspace_id = p.workspace_id AND v.project_id = p.project_id AND v.is_shared
     WHERE v.created_by <> {_PERSON} AND v.id > $4::uuid AND ($3::uuid IS NULL OR v.project_id = $3)
     ORDER BY 1 LIMIT $5
"""
_COUNT = "SELECT count(*) FROM views v WHERE v.created_by = $1 -- tenant: the caller's own"
_INSERT = """
    -- tenant: the permission was asked for by find_site
    INSERT INTO views (id, workspace_id, project_id, name, filter, sort, layout, columns, is_shared, created_by,
                       created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
"""
_UPDATE = """
    -- tenant: the view was locked by lock_view
    UPDATE views SET name = $2, filter = $3, sort = $4, layout = $5, columns = $6, updated_at = $7, version = $8
     WHERE id = $1
"""
_DELETE = "DELETE FROM views WHERE id = $1 -- tenant: the view was locked by lock_view"


async def find_view(db: Statements, caller: Principal, view_id: str) -> View | None:
    """One that the caller sees."""
    row = await db.fetch_row(_ONE, caller.access_id, caller.project_ids, view_id)
    return None if row is None else View(*row[:13])


async def lock_view(tx: Statements, caller: Principal, view_id: str) -> LockedView | None:
    """The same, locked, with what the caller may do in its project."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, view_id)
    if row is None:
        return None
    return LockedView(View(*row[:13]), None if row[14] is None else Footing(row[13], row[14]))


async def list_views(db: Statements, caller: Principal, project_id: str | None, after: str, limit: int) -> list[View]:
    """One's own and those that are shared, of a project or of all, the oldest first."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, project_id, after, limit)
    return [View(*row) for row in rows]


async def count_views(db: Statements, person_id: str) -> int:
    """How many views somebody has made."""
    count: int = await db.fetch_value(_COUNT, person_id)
    return count


async def insert_view(tx: Statements, view: View) -> None:
    """Store a new one."""
    what = (view.name, view.filter, view.sort, view.layout, view.columns, view.is_shared)
    await tx.execute(_INSERT, view.id, view.workspace_id, view.project_id, *what, view.created_by, view.created_at)


async def update_view(tx: Statements, view: View) -> None:
    """Store the next version of a locked one."""
    what = (view.name, view.filter, view.sort, view.layout, view.columns)
    await tx.execute(_UPDATE, view.id, *what, view.updated_at, view.version)


async def delete_view(tx: Statements, view: View) -> None:
    """Forget a locked one."""
    await tx.execute(_DELETE, view.id)
