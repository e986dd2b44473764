"""Statements on the roles that people and teams have in one project."""

from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements
from taskyard.project.models.projects import Project, ProjectMember

_SELECT = """
    SELECT m.id::text, m.workspace_id::text, m.project_id::text,
           CASE WHEN t.id IS NULL THEN m.subject_id::text END, t.id::text, m.role_id::text, r.key,
           m.created_at, m.version
"""
_FROM = """
      -- tenant: the project was found with the caller's permissions
      FROM project_members m
      JOIN roles r ON r.workspace_id = m.workspace_id AND r.id = m.role_id
      LEFT JOIN teams t ON t.workspace_id = m.workspace_id AND t.id = m.subject_id
"""
_OF_PROJECT = " WHERE m.workspace_id = $1::uuid AND m.project_id = $2::uuid"


async def list_project_members(db: Statements, project: Project, after: str, limit: int) -> list[ProjectMember]:
    """The people and teams with a role of their own in a project, ordered by their ids."""
    rows = await db.fetch(
        f"{_SELECT}{_FROM}{_OF_PROJECT} AND m.subject_id > $3::uuid ORDER BY m.subject_id LIMIT $4",
        project.workspace_id,
        project.id,
        after,
        limit,
    )
    return [ProjectMember(*row) for row in rows]


async def find_project_member(
    db: Statements, project: Project, subject_id: str
) -> tuple[ProjectMember, Permission] | None:
    """The role of one person or team in a project, and what it allows."""
    row = await db.fetch_row(
        f"{_SELECT}, r.permissions {_FROM}{_OF_PROJECT} AND m.subject_id = $3::uuid",
        project.workspace_id,
        project.id,
        subject_id,
    )
    return (ProjectMember(*row[:-1]), Permission(row[-1])) if row else None


async def insert_project_member(tx: Statements, member: ProjectMember) -> None:
    """A new role in a project. Raises DuplicateRow for a person or team that has one."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions, or new
        INSERT INTO project_members (id, workspace_id, project_id, subject_id, role_id, created_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, coalesce($4::uuid, $5::uuid), $6::uuid, $7)
        """,
        member.id,
        member.workspace_id,
        member.project_id,
        member.user_id,
        member.team_id,
        member.role_id,
        member.created_at,
    )


async def update_project_member(tx: Statements, member: ProjectMember) -> None:
    """Write the present role of a project's member."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE project_members SET role_id = $4::uuid, version = $5
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        member.workspace_id,
        member.project_id,
        member.id,
        member.role_id,
        member.version,
    )


async def delete_project_member(tx: Statements, member: ProjectMember) -> None:
    """End a role in a project."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        DELETE FROM project_members WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        member.workspace_id,
        member.project_id,
        member.id,
    )


async def list_roles_of_subject(db: Statements, workspace_id: str, subject_id: str) -> list[ProjectMember]:
    """Every role that a person or team has in projects of a workspace."""
    rows = await db.fetch(
        f"{_SELECT}{_FROM} WHERE m.workspace_id = $1::uuid AND m.subject_id = $2::uuid ORDER BY m.project_id",
        workspace_id,
        subject_id,
    )
    return [ProjectMember(*row) for row in rows]


async def delete_roles_of_subject(tx: Statements, workspace_id: str, subject_id: str) -> None:
    """End every role that a person or team has in projects of a workspace."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        DELETE FROM project_members WHERE workspace_id = $1::uuid AND subject_id = $2::uuid
        """,
        workspace_id,
        subject_id,
    )
