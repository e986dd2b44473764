"""Statements on labels."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.project.models.labels import Label
from taskyard.project.models.projects import Project

_COLUMNS = """
    l.id::text, l.workspace_id::text, l.project_id::text, l.name, l.color, l.group_name, l.created_at, l.updated_at,
    l.version
"""
_OF_PROJECT = f"""
    -- tenant: the project was found with the caller's permissions
    SELECT {_COLUMNS} FROM labels l WHERE l.workspace_id = $1::uuid AND l.project_id = $2::uuid AND l.deleted_at IS NULL
"""


async def list_labels(db: Statements, project: Project, after: str, limit: int) -> list[Label]:
    """The labels of a project, oldest first."""
    sql = f"{_OF_PROJECT} AND l.id > $3::uuid ORDER BY l.id LIMIT $4"
    return [Label(*row) for row in await db.fetch(sql, project.workspace_id, project.id, after, limit)]


async def find_label(db: Statements, project: Project, label_id: str) -> Label | None:
    """One label of a project."""
    row = await db.fetch_row(f"{_OF_PROJECT} AND l.id = $3::uuid", project.workspace_id, project.id, label_id)
    return Label(*row) if row else None


async def count_labels(db: Statements, project: Project) -> int:
    """How many labels a project has."""
    count: int = await db.fetch_value(
        """
        -- tenant: the project is locked with the caller's permissions
        SELECT count(*) FROM labels WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND deleted_at IS NULL
        """,
        project.workspace_id,
        project.id,
    )
    return count


async def insert_label(tx: Statements, label: Label) -> None:
    """A new label. Raises DuplicateRow when the project has one of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        INSERT INTO labels (workspace_id, project_id, id, name, name_folded, color, group_name, group_folded,
                            created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $9)
        """,
        label.workspace_id,
        label.project_id,
        label.id,
        label.name,
        label.name.casefold(),
        label.color,
        label.group,
        _folded(label.group),
        label.created_at,
    )


async def update_label(tx: Statements, label: Label) -> None:
    """Write the present form of a label. Raises DuplicateRow when the project has another of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE labels SET name = $4, name_folded = $5, color = $6, group_name = $7, group_folded = $8, updated_at = $9,
                          version = $10
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        label.workspace_id,
        label.project_id,
        label.id,
        label.name,
        label.name.casefold(),
        label.color,
        label.group,
        _folded(label.group),
        label.updated_at,
        label.version,
    )


async def delete_label(tx: Statements, label: Label, at: datetime) -> None:
    """End a label."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE labels SET deleted_at = $4, updated_at = $4, version = $5
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        label.workspace_id,
        label.project_id,
        label.id,
        at,
        label.version,
    )


def _folded(group: str | None) -> str | None:
    return None if group is None else group.casefold()
