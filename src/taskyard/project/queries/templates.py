"""Statements on templates of tasks."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.kit.json_response import encode_json
from taskyard.kit.rows import with_json
from taskyard.project.models.projects import Project
from taskyard.project.models.templates import Template

_CUSTOM = 8
_COLUMNS = """
    t.id::text, t.workspace_id::text, t.project_id::text, t.name, t.description, t.priority, t.label_ids::text[],
    t.estimate::float8, t.custom::text, t.created_at, t.updated_at, t.version
"""
_OF_PROJECT = f"""
    -- tenant: the project was found with the caller's permissions
    SELECT {_COLUMNS} FROM templates t
     WHERE t.workspace_id = $1::uuid AND t.project_id = $2::uuid AND t.deleted_at IS NULL
"""


async def list_templates(db: Statements, project: Project, after: str, limit: int) -> list[Template]:
    """The templates of a project, oldest first."""
    sql = f"{_OF_PROJECT} AND t.id > $3::uuid ORDER BY t.id LIMIT $4"
    rows = await db.fetch(sql, project.workspace_id, project.id, after, limit)
    return [Template(*with_json(row, _CUSTOM)) for row in rows]


async def find_template(db: Statements, project: Project, template_id: str) -> Template | None:
    """One template of a project."""
    row = await db.fetch_row(f"{_OF_PROJECT} AND t.id = $3::uuid", project.workspace_id, project.id, template_id)
    return Template(*with_json(row, _CUSTOM)) if row else None


async def insert_template(tx: Statements, template: Template) -> None:
    """A new template. Raises DuplicateRow when the project has one of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        INSERT INTO templates (workspace_id, project_id, id, name, name_folded, description, priority, label_ids,
                               estimate, custom, created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8::uuid[], $9::float8, $10::jsonb, $11, $11)
        """,
        template.workspace_id,
        template.project_id,
        template.id,
        template.name,
        template.name.casefold(),
        template.description,
        template.priority,
        template.label_ids,
        template.estimate,
        encode_json(template.custom).decode(),
        template.created_at,
    )


async def update_template(tx: Statements, template: Template) -> None:
    """Write the present form of a template. Raises DuplicateRow when the project has another of this name."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE templates SET name = $4, name_folded = $5, description = $6, priority = $7, label_ids = $8::uuid[],
                             estimate = $9::float8, custom = $10::jsonb, updated_at = $11, version = $12
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        template.workspace_id,
        template.project_id,
        template.id,
        template.name,
        template.name.casefold(),
        template.description,
        template.priority,
        template.label_ids,
        template.estimate,
        encode_json(template.custom).decode(),
        template.updated_at,
        template.version,
    )


async def delete_template(tx: Statements, template: Template, at: datetime) -> None:
    """End a template."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE templates SET deleted_at = $4, updated_at = $4, version = $5
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        template.workspace_id,
        template.project_id,
        template.id,
        at,
        template.version,
    )
