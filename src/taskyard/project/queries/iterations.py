"""Statements on iterations."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.project.models.plans import Iteration
from taskyard.project.models.projects import Project

_COLUMNS = """
    i.id::text, i.workspace_id::text, i.project_id::text, i.name, i.goal, i.starts_on, i.ends_on, i.state,
    i.started_at, i.closed_at, i.created_at, i.updated_at, i.version
"""
_OF_PROJECT = f"""
    -- tenant: the project was found with the caller's permissions
    SELECT {_COLUMNS} FROM iterations i
     WHERE i.workspace_id = $1::uuid AND i.project_id = $2::uuid AND i.deleted_at IS NULL
"""


async def find_project_of_iteration(db: Statements, iteration_id: str) -> str | None:
    """The project that an iteration belongs to, given up or not."""
    project_id: str | None = await db.fetch_value(
        """
        -- tenant: names the project in which the caller's permissions are looked up next
        SELECT project_id::text FROM iterations WHERE id = $1::uuid
        """,
        iteration_id,
    )
    return project_id


async def list_iterations(db: Statements, project: Project, after: str, limit: int) -> list[Iteration]:
    """The iterations of a project, oldest first."""
    sql = f"{_OF_PROJECT} AND i.id > $3::uuid ORDER BY i.id LIMIT $4"
    return [Iteration(*row) for row in await db.fetch(sql, project.workspace_id, project.id, after, limit)]


async def find_iteration(db: Statements, project: Project, iteration_id: str) -> Iteration | None:
    """One iteration of a project."""
    row = await db.fetch_row(f"{_OF_PROJECT} AND i.id = $3::uuid", project.workspace_id, project.id, iteration_id)
    return Iteration(*row) if row else None


async def find_next_iteration(db: Statements, project: Project, iteration: Iteration) -> Iteration | None:
    """The planned iteration that starts first from the start of another on."""
    row = await db.fetch_row(
        f"""
        {_OF_PROJECT} AND i.state = 'planned' AND i.id <> $3::uuid AND i.starts_on >= $4
         ORDER BY i.starts_on, i.id LIMIT 1
        """,
        project.workspace_id,
        project.id,
        iteration.id,
        iteration.starts_on,
    )
    return Iteration(*row) if row else None


async def insert_iteration(tx: Statements, iteration: Iteration) -> None:
    """A new iteration. Raises DuplicateRow when the project has one of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        INSERT INTO iterations (workspace_id, project_id, id, name, name_folded, goal, starts_on, ends_on, state,
                                created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $10)
        """,
        iteration.workspace_id,
        iteration.project_id,
        iteration.id,
        iteration.name,
        iteration.name.casefold(),
        iteration.goal,
        iteration.starts_on,
        iteration.ends_on,
        iteration.state,
        iteration.created_at,
    )


async def update_iteration(tx: Statements, iteration: Iteration) -> None:
    """Write the present form of an iteration.

    Raises DuplicateRow when the project has another of this name, or another is under way.
    """
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE iterations SET name = $4, name_folded = $5, goal = $6, starts_on = $7, ends_on = $8, state = $9,
                              started_at = $10, closed_at = $11, updated_at = $12, version = $13
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        iteration.workspace_id,
        iteration.project_id,
        iteration.id,
        iteration.name,
        iteration.name.casefold(),
        iteration.goal,
        iteration.starts_on,
        iteration.ends_on,
        iteration.state,
        iteration.started_at,
        iteration.closed_at,
        iteration.updated_at,
        iteration.version,
    )


async def delete_iteration(tx: Statements, iteration: Iteration, at: datetime) -> None:
    """End an iteration that is not to be."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE iterations SET deleted_at = $4, updated_at = $4, version = $5
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        iteration.workspace_id,
        iteration.project_id,
        iteration.id,
        at,
        iteration.version,
    )
