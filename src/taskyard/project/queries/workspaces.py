"""Statements on workspaces and their roles."""

from datetime import datetime

from taskyard.contracts.access import BUILT_IN_ROLES, PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.database import Statements
from taskyard.kit.ids import new_id
from taskyard.project.models.workspaces import Workspace

_COLUMNS = """
    w.id::text, w.slug, w.name, w.created_by::text, w.created_at, w.updated_at, w.require_mfa,
    w.public_projects, w.version
"""
_FIND = f"""
    SELECT {_COLUMNS}, {PERMISSIONS_IN_WORKSPACE.format(workspace="w.id", who="$2")} AS permissions
      FROM workspaces w WHERE w.id = $1::uuid AND w.deleted_at IS NULL
"""


async def find_workspace(db: Statements, workspace_id: str, access_id: str) -> tuple[Workspace, Permission] | None:
    """A workspace and what somebody may do in it."""
    row = await db.fetch_row(_FIND, workspace_id, access_id)
    return (Workspace(*row[:-1]), Permission(row[-1])) if row else None


async def list_workspaces(db: Statements, access_id: str, after: str, limit: int) -> list[Workspace]:
    """The workspaces somebody sees, in the order they were made."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM workspaces w
         WHERE w.id IN (SELECT s.workspace_id FROM project.subjects_v2 s WHERE s.access_id = $1::uuid)
           AND w.id > $2::uuid AND w.deleted_at IS NULL
         ORDER BY w.id LIMIT $3
        """,
        access_id,
        after,
        limit,
    )
    return [Workspace(*row) for row in rows]


async def asks_for_more(db: Statements, workspace_id: str) -> bool:
    """Whether a workspace, in the trash or not, asks for a second factor."""
    statement = """
        -- tenant: decides what a member of the workspace is shown
        SELECT require_mfa FROM workspaces WHERE id = $1::uuid
    """
    return bool(await db.fetch_value(statement, workspace_id))


async def lets_be_public(tx: Statements, workspace_id: str) -> bool:
    """Whether projects of a workspace may be public."""
    statement = """
        -- tenant: the workspace is locked with the caller's permissions
        SELECT public_projects FROM workspaces WHERE id = $1::uuid
    """
    return bool(await tx.fetch_value(statement, workspace_id))


async def is_slug_taken(db: Statements, slug: str) -> bool:
    """Whether a workspace has a slug, be it in the trash."""
    statement = """
        -- tenant: for who owns the database, before there is a workspace
        SELECT EXISTS (SELECT FROM workspaces WHERE slug = $1)
    """
    return bool(await db.fetch_value(statement, slug))


async def insert_workspace(tx: Statements, workspace: Workspace) -> None:
    """A new workspace. Raises DuplicateRow when the slug is taken, even by one in the trash."""
    await tx.execute(
        """
        -- tenant: a new one of the caller's own
        INSERT INTO workspaces (id, slug, name, created_by, created_at, updated_at)
        VALUES ($1::uuid, $2, $3, $4::uuid, $5, $6)
        """,
        workspace.id,
        workspace.slug,
        workspace.name,
        workspace.created_by,
        workspace.created_at,
        workspace.updated_at,
    )


async def insert_built_in_roles(tx: Statements, workspace_id: str) -> None:
    """The five roles every workspace has."""
    await tx.execute(
        """
        -- tenant: the workspace is new
        INSERT INTO roles (workspace_id, id, key, name, permissions)
        SELECT $1::uuid, r.id, r.key, initcap(r.key), r.permissions
          FROM unnest($2::uuid[], $3::text[], $4::bigint[]) AS r (id, key, permissions)
        """,
        workspace_id,
        [new_id() for _ in BUILT_IN_ROLES],
        list(BUILT_IN_ROLES),
        [int(permissions) for permissions in BUILT_IN_ROLES.values()],
    )


async def update_workspace(tx: Statements, workspace: Workspace) -> None:
    """Write a workspace's present state. Raises DuplicateRow when the slug is taken."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        UPDATE workspaces SET slug = $2, name = $3, updated_at = $4, version = $5, require_mfa = $6,
                              public_projects = $7
         WHERE id = $1::uuid
        """,
        workspace.id,
        workspace.slug,
        workspace.name,
        workspace.updated_at,
        workspace.version,
        workspace.require_mfa,
        workspace.public_projects,
    )


async def trash_workspace(tx: Statements, workspace: Workspace, at: datetime) -> None:
    """Move a workspace to the trash."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        UPDATE workspaces SET deleted_at = $2, updated_at = $2, version = $3 WHERE id = $1::uuid
        """,
        workspace.id,
        at,
        workspace.version,
    )


async def find_role(db: Statements, workspace_id: str, name: str) -> tuple[str, str, Permission] | None:
    """The id, key and permissions of the role that a workspace knows under this key or id."""
    row = await db.fetch_row(
        """
        -- tenant: the workspace is locked with the caller's permissions
        SELECT id::text, key, permissions FROM roles
         WHERE workspace_id = $1::uuid AND (key = $2 OR id::text = $2) ORDER BY key = $2 DESC LIMIT 1
        """,
        workspace_id,
        name,
    )
    return (row[0], row[1], Permission(row[2])) if row else None
