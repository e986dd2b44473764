"""Statements on the members of a workspace."""

from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements
from taskyard.project.models.workspaces import Member

_SELECT = """
    SELECT m.id::text, m.workspace_id::text, m.person_id::text, m.role_id::text, r.key, m.created_at, m.version
"""
_FROM = """
      -- tenant: the workspace was found with the caller's permissions
      FROM members m JOIN roles r ON r.workspace_id = m.workspace_id AND r.id = m.role_id
     WHERE m.workspace_id = $1::uuid
"""


async def find_member(db: Statements, workspace_id: str, person_id: str) -> tuple[Member, Permission] | None:
    """A member and what their role allows."""
    row = await db.fetch_row(
        f"{_SELECT}, r.permissions {_FROM} AND m.person_id = $2::uuid",
        workspace_id,
        person_id,
    )
    return (Member(*row[:-1]), Permission(row[-1])) if row else None


async def list_members(db: Statements, workspace_id: str, after: str, limit: int) -> list[Member]:
    """The members of a workspace, ordered by person."""
    rows = await db.fetch(
        f"{_SELECT}{_FROM} AND m.person_id > $2::uuid ORDER BY m.person_id LIMIT $3",
        workspace_id,
        after,
        limit,
    )
    return [Member(*row) for row in rows]


async def list_workspaces_of_person(tx: Statements, person_id: str) -> list[str]:
    """Where somebody is a member, in the order in which workspaces are locked."""
    rows = await tx.fetch(
        """
        -- tenant: the person whose account was deleted is taken out of all of them
        SELECT workspace_id::text FROM members WHERE person_id = $1::uuid ORDER BY workspace_id
        """,
        person_id,
    )
    return [row[0] for row in rows]


async def is_member(db: Statements, workspace_id: str, person_id: str) -> bool:
    """Whether a person belongs to a workspace."""
    return bool(
        await db.fetch_value(
            """
            -- tenant: the workspace is locked with the caller's permissions
            SELECT EXISTS (SELECT 1 FROM members WHERE workspace_id = $1::uuid AND person_id = $2::uuid)
            """,
            workspace_id,
            person_id,
        )
    )


async def count_owners(tx: Statements, workspace_id: str) -> int:
    """How many owners a workspace has. Stays true while the workspace is locked."""
    return int(
        await tx.fetch_value(
            f"SELECT count(*) {_FROM} AND r.key = 'owner'",
            workspace_id,
        )
    )


async def insert_member(tx: Statements, member: Member) -> None:
    """A new member. Raises DuplicateRow for one who is there already."""
    await tx.execute(
        """
        -- tenant: the workspace is locked, or new
        INSERT INTO members (id, workspace_id, person_id, role_id, created_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5)
        """,
        member.id,
        member.workspace_id,
        member.user_id,
        member.role_id,
        member.created_at,
    )


async def update_member(tx: Statements, member: Member) -> None:
    """Write a member's present role, which follows no group any more."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        UPDATE members SET role_id = $3::uuid, version = $4, group_provider_id = NULL
         WHERE workspace_id = $1::uuid AND person_id = $2::uuid
        """,
        member.workspace_id,
        member.user_id,
        member.role_id,
        member.version,
    )


async def delete_member(tx: Statements, member: Member) -> None:
    """End a membership."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        DELETE FROM members WHERE workspace_id = $1::uuid AND person_id = $2::uuid
        """,
        member.workspace_id,
        member.user_id,
    )
