"""Statements on the fields of a project's own."""

from datetime import datetime

import msgspec
from asyncpg import Record

from taskyard.contracts.fields import FieldValue
from taskyard.kit.database import Statements
from taskyard.kit.rows import with_json
from taskyard.project.models.fields import Field
from taskyard.project.models.projects import Project

_COLUMNS = """
    f.id::text, f.workspace_id::text, f.project_id::text, f.key, f.name, f.kind, f.is_required, f.options,
    f.default_value::text, f.created_at, f.updated_at, f.version
"""
_OF_PROJECT = f"""
    -- tenant: the project was found with the caller's permissions
    SELECT {_COLUMNS} FROM fields f WHERE f.workspace_id = $1::uuid AND f.project_id = $2::uuid AND f.deleted_at IS NULL
"""


async def list_fields(db: Statements, project: Project) -> list[Field]:
    """The fields of a project, oldest first."""
    rows = await db.fetch(f"{_OF_PROJECT} ORDER BY f.id", project.workspace_id, project.id)
    return [_field(row) for row in rows]


async def find_field(db: Statements, project: Project, field_id: str) -> Field | None:
    """One field of a project."""
    row = await db.fetch_row(f"{_OF_PROJECT} AND f.id = $3::uuid", project.workspace_id, project.id, field_id)
    return _field(row) if row else None


async def insert_field(tx: Statements, field: Field) -> None:
    """A new field. Raises DuplicateRow when the project has or had one with this key."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        INSERT INTO fields (workspace_id, project_id, id, key, name, kind, is_required, options, default_value,
                            created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9::jsonb, $10, $10)
        """,
        field.workspace_id,
        field.project_id,
        field.id,
        field.key,
        field.name,
        field.kind,
        field.is_required,
        field.options,
        _json(field.default),
        field.created_at,
    )


async def update_field(tx: Statements, field: Field) -> None:
    """Write the present form of a field."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE fields SET name = $4, is_required = $5, options = $6, default_value = $7::jsonb, updated_at = $8,
                          version = $9
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        field.workspace_id,
        field.project_id,
        field.id,
        field.name,
        field.is_required,
        field.options,
        _json(field.default),
        field.updated_at,
        field.version,
    )


async def delete_field(tx: Statements, field: Field, at: datetime) -> None:
    """End a field; its key stays taken."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE fields SET deleted_at = $4, updated_at = $4, version = $5
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        field.workspace_id,
        field.project_id,
        field.id,
        at,
        field.version,
    )


def _field(row: Record) -> Field:
    return Field(*with_json(row, 8))


def _json(value: FieldValue | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
