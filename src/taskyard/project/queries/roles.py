"""Statements on the roles of a workspace."""

from asyncpg import Record

from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements
from taskyard.project.models.roles import Role

_SELECT = """
    -- tenant: the workspace was found with the caller's permissions
    SELECT r.id::text, r.workspace_id::text, r.key, r.name, r.permissions, r.is_built_in, r.created_at, r.updated_at,
           r.version
      FROM roles r WHERE r.workspace_id = $1::uuid
"""


async def list_roles(db: Statements, workspace_id: str) -> list[Role]:
    """The roles of a workspace, the strongest first."""
    rows = await db.fetch(f"{_SELECT} ORDER BY r.permissions DESC, r.id", workspace_id)
    return [_role(row) for row in rows]


async def find_role(db: Statements, workspace_id: str, role_id: str) -> Role | None:
    """One role of a workspace."""
    row = await db.fetch_row(f"{_SELECT} AND r.id = $2::uuid", workspace_id, role_id)
    return _role(row) if row else None


async def count_own_roles(db: Statements, workspace_id: str) -> int:
    """How many roles a workspace made itself."""
    count: int = await db.fetch_value(
        """
        -- tenant: the workspace is locked with the caller's permissions
        SELECT count(*) FROM roles WHERE workspace_id = $1::uuid AND NOT is_built_in
        """,
        workspace_id,
    )
    return count


async def insert_role(tx: Statements, role: Role, permissions: Permission) -> None:
    """A new role of a workspace's own."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        INSERT INTO roles (workspace_id, id, key, name, permissions, is_built_in, created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3, $4, $5, false, $6, $6)
        """,
        role.workspace_id,
        role.id,
        role.key,
        role.name,
        int(permissions),
        role.created_at,
    )


async def update_role(tx: Statements, role: Role, permissions: Permission) -> None:
    """Write a role's present state."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        UPDATE roles SET name = $3, permissions = $4, updated_at = $5, version = $6
         WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        role.workspace_id,
        role.id,
        role.name,
        int(permissions),
        role.updated_at,
        role.version,
    )


async def delete_role(tx: Statements, role: Role) -> None:
    """Take a role away that nobody has."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        DELETE FROM roles WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        role.workspace_id,
        role.id,
    )


async def is_role_given(db: Statements, role: Role) -> bool:
    """Whether a member, an invitation, or somebody in a project has a role."""
    return bool(
        await db.fetch_value(
            """
            -- tenant: the workspace is locked with the caller's permissions
            SELECT EXISTS (SELECT FROM members WHERE workspace_id = $1::uuid AND role_id = $2::uuid)
                OR EXISTS (SELECT FROM invitations WHERE workspace_id = $1::uuid AND role_id = $2::uuid)
                OR EXISTS (SELECT FROM project_members WHERE workspace_id = $1::uuid AND role_id = $2::uuid)
            """,
            role.workspace_id,
            role.id,
        )
    )


async def list_holders(db: Statements, role: Role) -> list[str]:
    """The people whom a change of a role concerns: by their place in the workspace, or in a project."""
    rows = await db.fetch(
        """
        -- tenant: the workspace is locked with the caller's permissions
        SELECT DISTINCT s.person_id::text FROM subjects s
         WHERE s.workspace_id = $1::uuid
           AND (s.subject_id = $2::uuid
                OR s.subject_id IN (SELECT m.subject_id FROM project_members m
                                     WHERE m.workspace_id = $1::uuid AND m.role_id = $2::uuid))
        """,
        role.workspace_id,
        role.id,
    )
    return [row[0] for row in rows]


def _role(row: Record) -> Role:
    names = [str(permission.name).lower() for permission in Permission(row[4])]
    return Role(row[0], row[1], row[2], row[3], names, *row[5:])
