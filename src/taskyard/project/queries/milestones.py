"""Statements on milestones."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.project.models.plans import Milestone
from taskyard.project.models.projects import Project

_COLUMNS = """
    m.id::text, m.workspace_id::text, m.project_id::text, m.name, m.description, m.due_on, m.is_closed, m.created_at,
    m.updated_at, m.version
"""
_OF_PROJECT = f"""
    -- tenant: the project was found with the caller's permissions
    SELECT {_COLUMNS} FROM milestones m
     WHERE m.workspace_id = $1::uuid AND m.project_id = $2::uuid AND m.deleted_at IS NULL
"""


async def list_milestones(db: Statements, project: Project, after: str, limit: int) -> list[Milestone]:
    """The milestones of a project, oldest first."""
    sql = f"{_OF_PROJECT} AND m.id > $3::uuid ORDER BY m.id LIMIT $4"
    return [Milestone(*row) for row in await db.fetch(sql, project.workspace_id, project.id, after, limit)]


async def find_milestone(db: Statements, project: Project, milestone_id: str) -> Milestone | None:
    """One milestone of a project."""
    row = await db.fetch_row(f"{_OF_PROJECT} AND m.id = $3::uuid", project.workspace_id, project.id, milestone_id)
    return Milestone(*row) if row else None


async def insert_milestone(tx: Statements, milestone: Milestone) -> None:
    """A new milestone. Raises DuplicateRow when the project has one of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        INSERT INTO milestones (workspace_id, project_id, id, name, name_folded, description, due_on, is_closed,
                                created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $9)
        """,
        milestone.workspace_id,
        milestone.project_id,
        milestone.id,
        milestone.name,
        milestone.name.casefold(),
        milestone.description,
        milestone.due_on,
        milestone.is_closed,
        milestone.created_at,
    )


async def update_milestone(tx: Statements, milestone: Milestone) -> None:
    """Write the present form of a milestone. Raises DuplicateRow when the project has another of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE milestones SET name = $4, name_folded = $5, description = $6, due_on = $7, is_closed = $8,
                              updated_at = $9, version = $10
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        milestone.workspace_id,
        milestone.project_id,
        milestone.id,
        milestone.name,
        milestone.name.casefold(),
        milestone.description,
        milestone.due_on,
        milestone.is_closed,
        milestone.updated_at,
        milestone.version,
    )


async def delete_milestone(tx: Statements, milestone: Milestone, at: datetime) -> None:
    """End a milestone."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE milestones SET deleted_at = $4, updated_at = $4, version = $5
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        milestone.workspace_id,
        milestone.project_id,
        milestone.id,
        at,
        milestone.version,
    )
