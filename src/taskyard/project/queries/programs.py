"""Statements on the service accounts of a workspace; their roles are those of their rows among the members."""

from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements
from taskyard.project.models.programs import ServiceAccount

_COLUMNS = """
    a.id::text, a.workspace_id::text, a.name, r.id::text, r.key, a.created_by::text, a.created_at, a.updated_at,
    a.disabled_at, a.deleted_at, a.version
"""
_FROM = """
      -- tenant: the workspace was found with the caller's permissions
      FROM service_accounts a
      LEFT JOIN members m ON m.workspace_id = a.workspace_id AND m.person_id = a.id
      LEFT JOIN roles r ON r.workspace_id = m.workspace_id AND r.id = m.role_id
     WHERE a.workspace_id = $1::uuid
"""


async def find_service_account(
    db: Statements, workspace_id: str, account_id: str
) -> tuple[ServiceAccount, Permission] | None:
    """A service account, be it deleted, and what its role allows."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS}, coalesce(r.permissions, 0) {_FROM} AND a.id = $2::uuid", workspace_id, account_id
    )
    return (ServiceAccount(*row[:-1]), Permission(row[-1])) if row else None


async def list_service_accounts(db: Statements, workspace_id: str, after: str, limit: int) -> list[ServiceAccount]:
    """The service accounts of a workspace that are not deleted, oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} {_FROM} AND a.deleted_at IS NULL AND a.id > $2::uuid ORDER BY a.id LIMIT $3",
        workspace_id,
        after,
        limit,
    )
    return [ServiceAccount(*row) for row in rows]


async def count_service_accounts(tx: Statements, workspace_id: str) -> int:
    """How many service accounts a workspace has. Stays true while the workspace is locked."""
    count: int = await tx.fetch_value(f"SELECT count(*) {_FROM} AND a.deleted_at IS NULL", workspace_id)
    return count


async def insert_service_account(tx: Statements, account: ServiceAccount) -> None:
    """A new service account, which has no role yet."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        INSERT INTO service_accounts (workspace_id, id, name, created_by, created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3, $4::uuid, $5, $5)
        """,
        account.workspace_id,
        account.id,
        account.name,
        account.created_by,
        account.created_at,
    )


async def update_service_account(tx: Statements, account: ServiceAccount) -> None:
    """Write a service account's present state, but for its role."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        UPDATE service_accounts
           SET name = $3, updated_at = $4, disabled_at = $5, deleted_at = $6, version = $7
         WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        account.workspace_id,
        account.id,
        account.name,
        account.updated_at,
        account.disabled_at,
        account.deleted_at,
        account.version,
    )
