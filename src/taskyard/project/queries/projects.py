"""Statements on projects."""

from datetime import datetime

import msgspec

from taskyard.contracts.access import PERMISSIONS_IN_PROJECT, VISIBLE_PROJECTS, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.project.models.projects import Project

_COLUMNS = """
    p.id::text, p.workspace_id::text, p.key, p.name, p.description, p.visibility, p.lead_id::text,
    p.created_by::text, p.created_at, p.updated_at, p.archived_at, p.version
"""
# PERMISSIONS_IN_PROJECT asks for a row with the columns workspace_id and project_id.
_HELD = PERMISSIONS_IN_PROJECT.format(row="n", who="$2", projects="$3")
_FIND = f"""
    SELECT {_COLUMNS}, {_HELD} AS permissions
      FROM projects p
     CROSS JOIN LATERAL (SELECT p.workspace_id, p.id AS project_id) n
     WHERE p.id = $1::uuid AND p.deleted_at IS NULL
"""
# A project in the trash has no access rows; its causes are asked instead: the role in the workspace
# and the roles given in the project itself. Restoring needs PROJECT_DELETE, so visibility adds nothing.
_FIND_TRASHED = f"""
    -- tenant: asks the causes of access for this caller
    SELECT {_COLUMNS}, coalesce((
        SELECT bit_or(r.permissions)
          FROM project.subjects_v2 s
          JOIN roles r ON r.workspace_id = s.workspace_id
           AND (r.id = s.subject_id OR r.id IN (
                SELECT m.role_id FROM project_members m
                 WHERE m.workspace_id = p.workspace_id AND m.project_id = p.id AND m.subject_id = s.subject_id))
         WHERE s.access_id = $2::uuid AND s.workspace_id = p.workspace_id
           AND ($3::uuid[] IS NULL OR p.id = ANY($3::uuid[]))), 0) AS permissions
      FROM projects p WHERE p.id = $1::uuid AND p.deleted_at IS NOT NULL FOR NO KEY UPDATE OF p
"""


class ProjectFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which visible projects a list shows."""

    workspace_id: str | None = None
    archived: bool | None = None


def _limit_of(caller: Principal) -> list[str] | None:
    return None if caller.project_ids is None else list(caller.project_ids)


async def find_project(
    db: Statements, project_id: str, caller: Principal, *, lock: bool = False
) -> tuple[Project, Permission] | None:
    """A project and what the caller may do in it; ``lock`` keeps the row for a change."""
    sql = _FIND + " FOR NO KEY UPDATE OF p" if lock else _FIND
    row = await db.fetch_row(sql, project_id, caller.access_id, _limit_of(caller))
    return (Project(*row[:-1]), Permission(row[-1])) if row else None


async def find_trashed_project(tx: Statements, project_id: str, caller: Principal) -> tuple[Project, Permission] | None:
    """A project in the trash, kept for a change, and what the caller could do in it."""
    row = await tx.fetch_row(_FIND_TRASHED, project_id, caller.access_id, _limit_of(caller))
    return (Project(*row[:-1]), Permission(row[-1])) if row else None


async def find_workspace_of_project(db: Statements, project_id: str) -> str | None:
    """The workspace a project belongs to, in the trash or not."""
    workspace_id: str | None = await db.fetch_value(
        """
        -- tenant: says only what to lock; what the caller may do is found under that lock
        SELECT workspace_id::text FROM projects WHERE id = $1::uuid
        """,
        project_id,
    )
    return workspace_id


async def list_projects(
    db: Statements, caller: Principal, wanted: ProjectFilter, after: str, limit: int
) -> list[Project]:
    """The projects the caller sees, oldest first."""
    rows = await db.fetch(
        f"""
        WITH visible AS ({VISIBLE_PROJECTS.format(who="$1", projects="$2")})
        SELECT {_COLUMNS}
          FROM visible v
          JOIN projects p ON p.workspace_id = v.workspace_id AND p.id = v.project_id AND p.deleted_at IS NULL
         WHERE ($3::uuid IS NULL OR p.workspace_id = $3::uuid)
           AND ($4::boolean IS NULL OR (p.archived_at IS NOT NULL) = $4)
           AND p.id > $5::uuid
         ORDER BY p.id LIMIT $6
        """,
        caller.access_id,
        _limit_of(caller),
        wanted.workspace_id,
        wanted.archived,
        after,
        limit,
    )
    return [Project(*row) for row in rows]


async def insert_project(tx: Statements, project: Project) -> None:
    """A new project. Raises DuplicateRow when the workspace has one with this key."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        INSERT INTO projects (workspace_id, id, key, name, description, visibility, lead_id, created_by,
                              created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $7::uuid, $8::uuid, $9, $9)
        """,
        project.workspace_id,
        project.id,
        project.key,
        project.name,
        project.description,
        project.visibility,
        project.lead_id,
        project.created_by,
        project.created_at,
    )


async def update_project(tx: Statements, project: Project) -> None:
    """Write a project's present state."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE projects SET name = $3, description = $4, visibility = $5, lead_id = $6::uuid, archived_at = $7,
                            updated_at = $8, version = $9
         WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        project.workspace_id,
        project.id,
        project.name,
        project.description,
        project.visibility,
        project.lead_id,
        project.archived_at,
        project.updated_at,
        project.version,
    )


async def move_trash(tx: Statements, project: Project, deleted_at: datetime | None) -> None:
    """Put a project into the trash, or with None take it out.

    Raises DuplicateRow when its key was given to another project meanwhile.
    """
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE projects SET deleted_at = $3, updated_at = $4, version = $5
         WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        project.workspace_id,
        project.id,
        deleted_at,
        project.updated_at,
        project.version,
    )
