"""Statements on what somebody may do: by the access relation, and by the causes it is kept from."""

from taskyard.contracts.access import IN_PROJECT, PERMISSIONS_AT_TASK, PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.database import Statements
from taskyard.project.models.decisions import Grant, Whereabouts

_HELD = f"""
    SELECT {PERMISSIONS_AT_TASK.format(row="n", task="$3::uuid", who="$4", projects="$5")},
           {PERMISSIONS_IN_WORKSPACE.format(workspace="n.workspace_id", who="$4")}
      FROM (SELECT $1::uuid AS workspace_id, $2::uuid AS project_id) n
"""
_GRANTS = f"""
    -- tenant: asked about oneself, or by who manages the members of the workspace
    SELECT 'workspace_role', r.id::text, r.key, NULL, r.permissions
      FROM members m
      JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
      JOIN roles r ON r.workspace_id = m.workspace_id AND r.id = m.role_id
     WHERE m.workspace_id = $1::uuid AND m.person_id = $3::uuid
       AND ($2::uuid IS NULL OR EXISTS (
            SELECT FROM projects p
             WHERE p.workspace_id = m.workspace_id AND p.id = $2::uuid AND p.deleted_at IS NULL
               AND (r.permissions & {Permission.WORKSPACE_MEMBERS:d} <> 0
                    OR p.visibility <> 'private' AND r.permissions & {Permission.WORKSPACE_VIEW:d} <> 0)))
     UNION ALL
    SELECT CASE WHEN t.team_id IS NULL THEN 'project_role' ELSE 'team_role' END, r.id::text, r.key, t.team_id::text,
           r.permissions & {IN_PROJECT:d}
      FROM project_members pm
      JOIN projects p ON p.workspace_id = pm.workspace_id AND p.id = pm.project_id AND p.deleted_at IS NULL
      JOIN roles r ON r.workspace_id = pm.workspace_id AND r.id = pm.role_id
      LEFT JOIN team_members t
        ON t.workspace_id = pm.workspace_id AND t.team_id = pm.subject_id AND t.person_id = $3::uuid
     WHERE pm.workspace_id = $1::uuid AND pm.project_id = $2::uuid
       AND (pm.subject_id = $3::uuid OR t.team_id IS NOT NULL)
     UNION ALL
    SELECT 'task_grant', NULL, NULL, NULL, g.permissions
      FROM task.grants_v1 g
      JOIN members m ON m.workspace_id = g.workspace_id AND m.person_id = g.person_id
      JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
      JOIN projects p ON p.workspace_id = g.workspace_id AND p.id = $2::uuid AND p.deleted_at IS NULL
     WHERE g.workspace_id = $1::uuid AND g.task_id = $4::uuid AND g.person_id = $3::uuid
     ORDER BY 1 DESC, 2
"""


async def find_workspace_of_project(db: Statements, project_id: str) -> str | None:
    """The workspace of a project that is not in the trash."""
    workspace_id: str | None = await db.fetch_value(
        """
        -- tenant: names the place in which the caller's permissions are looked up next
        SELECT workspace_id::text FROM projects WHERE id = $1::uuid AND deleted_at IS NULL
        """,
        project_id,
    )
    return workspace_id


async def find_place_of_task(db: Statements, task_id: str) -> Whereabouts | None:
    """Where a task is that is not in the trash."""
    row = await db.fetch_row(
        "SELECT workspace_id::text, project_id::text FROM task.places_v1 WHERE task_id = $1::uuid", task_id
    )
    return Whereabouts(row[0], row[1], task_id) if row else None


async def find_held(
    db: Statements, place: Whereabouts, person_id: str, project_ids: list[str] | None
) -> tuple[Permission, Permission]:
    """What somebody holds in a project or at a task, and in the workspace; ``project_ids`` narrow it."""
    row = await db.fetch_row(_HELD, *place, person_id, project_ids)
    return (Permission(row[0]), Permission(row[1])) if row else (Permission(0), Permission(0))


async def list_grants(db: Statements, place: Whereabouts, person_id: str) -> list[Grant]:
    """Every way by which somebody holds something there, by the causes of the access relation."""
    rows = await db.fetch(_GRANTS, place.workspace_id, place.project_id, person_id, place.task_id)
    return [Grant(row[0], row[1], row[2], row[3], _names(row[4])) for row in rows]


def _names(permissions: int) -> list[str]:
    return [str(permission.name).lower() for permission in Permission(permissions)]
