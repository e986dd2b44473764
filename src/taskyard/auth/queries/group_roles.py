"""Statements on what groups of identity providers mean in workspaces."""

from taskyard.auth.models.federation import GroupRole
from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.database import Statements

_HELD = f"SELECT {PERMISSIONS_IN_WORKSPACE.format(workspace='$2::uuid', who='$1')}"


async def find_permissions(db: Statements, person_id: str, workspace_id: str) -> Permission:
    """All that a person may do in a workspace, nothing where they are no member."""
    return Permission(await db.fetch_value(_HELD, person_id, workspace_id))


async def insert_group_role(tx: Statements, provider_id: str, group_role: GroupRole) -> None:
    """Let a group mean a role. Raises DuplicateRow when it means one in that workspace."""
    await tx.execute(
        """
        INSERT INTO group_roles (id, provider_id, group_name, workspace_id, role, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        group_role.id,
        provider_id,
        group_role.group,
        group_role.workspace_id,
        group_role.role,
        group_role.created_by,
        group_role.created_at,
    )


async def list_group_roles(db: Statements, provider_id: str, after: str, limit: int) -> list[GroupRole]:
    """What the groups of a provider mean, oldest first."""
    rows = await db.fetch(
        """
        SELECT id::text, group_name, workspace_id::text, role, created_by::text, created_at FROM group_roles
         WHERE provider_id = $1 AND id > $2::uuid ORDER BY id LIMIT $3
        """,
        provider_id,
        after,
        limit,
    )
    return [GroupRole(*row) for row in rows]


async def list_roles_of_groups(db: Statements, provider_id: str, groups: list[str]) -> list[GroupRole]:
    """What certain groups of a provider mean: nothing once it is deleted. It is not while the transaction lasts."""
    rows = await db.fetch(
        """
        SELECT r.id::text, r.group_name, r.workspace_id::text, r.role, r.created_by::text, r.created_at
          FROM group_roles r JOIN identity_providers p ON p.id = r.provider_id AND p.deleted_at IS NULL
         WHERE r.provider_id = $1 AND r.group_name = ANY($2::text[]) ORDER BY r.id FOR SHARE OF p
        """,
        provider_id,
        groups,
    )
    return [GroupRole(*row) for row in rows]


async def delete_group_role(tx: Statements, provider_id: str, group_role_id: str) -> GroupRole | None:
    """Let a group mean a role no more; None when it did not."""
    row = await tx.fetch_row(
        """
        DELETE FROM group_roles WHERE provider_id = $1 AND id = $2
        RETURNING id::text, group_name, workspace_id::text, role, created_by::text, created_at
        """,
        provider_id,
        group_role_id,
    )
    return GroupRole(*row) if row else None
