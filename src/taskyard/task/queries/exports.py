"""Statements on exports: what people asked for, and the parts of their files."""

from collections.abc import Sequence
from datetime import datetime

from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE, PERSON
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.exports import Export

_COLUMNS = """
    e.id::text, e.workspace_id::text, e.asked_by::text, e.format, e.state, e.tasks_done, e.tasks_total, e.size,
    e.created_at, e.finished_at, e.expires_at, e.version
"""
_FIND = f"""
    SELECT {_COLUMNS}, {PERMISSIONS_IN_WORKSPACE.format(workspace="e.workspace_id", who="$1")}
      FROM exports e WHERE e.id = $2 AND e.asked_by = {PERSON.format(who="$1")} AND e.expires_at > $3
"""  # by exports_by_id
_PERMISSIONS = f"""
    SELECT {PERMISSIONS_IN_WORKSPACE.format(workspace="w.workspace_id", who="$1")}
      FROM project.workspaces_v1 w WHERE w.workspace_id = $2
"""


async def find_workspace_permissions(db: Statements, caller: Principal, workspace_id: str) -> int | None:
    """What the caller may do in a workspace; None where there is none."""
    permissions: int | None = await db.fetch_value(_PERMISSIONS, caller.access_id, workspace_id)
    return permissions


async def insert_export(tx: Statements, export: Export) -> None:
    """Remember what was asked for. Raises DuplicateRow while an earlier one of the same person is under way."""
    await tx.execute(
        """
        -- tenant: the caller's permissions in the workspace were found in this transaction
        INSERT INTO exports (workspace_id, id, asked_by, format, state, tasks_done, tasks_total, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7)
        """,
        export.workspace_id,
        export.id,
        export.asked_by,
        export.format,
        export.state,
        export.created_at,
        export.expires_at,
    )


async def find_export(db: Statements, caller: Principal, export_id: str, at: datetime) -> tuple[Export, int] | None:
    """An export of the caller's own that has not expired, and what they may do in its workspace by now."""
    row = await db.fetch_row(_FIND, caller.access_id, export_id, at)
    return None if row is None else (Export(*row[:-1]), row[-1])


async def find_export_to_write(db: Statements, workspace_id: str, export_id: str, at: datetime) -> Export | None:
    """An export whose file is to be written, unless it is there or nobody wants it any more."""
    row = await db.fetch_row(
        f"""
        -- tenant: for a job; what goes into the file is asked of the access relation by read_workspace
        SELECT {_COLUMNS} FROM exports e
         WHERE e.workspace_id = $1 AND e.id = $2 AND e.finished_at IS NULL AND e.expires_at > $3
        """,
        workspace_id,
        export_id,
        at,
    )
    return None if row is None else Export(*row)


async def store_progress(db: Statements, export: Export, done: int, total: int) -> None:
    """Say how far the file is."""
    await db.execute(
        """
        -- tenant: the export was found by the job that writes it
        UPDATE exports SET state = 'running', tasks_done = $3, tasks_total = $4, version = version + 1
         WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL
        """,
        export.workspace_id,
        export.id,
        done,
        total,
    )


async def finish_export(tx: Statements, export: Export, at: datetime) -> Export | None:
    """Say that the file is there; None where it was said already."""
    row = await tx.fetch_row(
        f"""
        -- tenant: the export was found by the job that writes it
        UPDATE exports e
           SET state = 'done', tasks_done = e.tasks_total, finished_at = $3, version = e.version + 1,
               size = (SELECT coalesce(sum(length(p.content)), 0) FROM export_parts p
                        WHERE p.workspace_id = e.workspace_id AND p.export_id = e.id)
         WHERE e.workspace_id = $1 AND e.id = $2 AND e.finished_at IS NULL
        RETURNING {_COLUMNS}
        """,
        export.workspace_id,
        export.id,
        at,
    )
    return None if row is None else Export(*row)


async def delete_parts(tx: Statements, export: Export) -> None:
    """Throw away what an attempt left behind that was not the last."""
    await tx.execute(
        """
        -- tenant: the export was found by the job that writes it
        DELETE FROM export_parts WHERE workspace_id = $1 AND export_id = $2
        """,
        export.workspace_id,
        export.id,
    )


async def insert_part(tx: Statements, export: Export, number: int, content: bytes) -> None:
    """Add a part to the file."""
    await tx.execute(
        """
        -- tenant: the export was found by the job that writes it
        INSERT INTO export_parts (workspace_id, export_id, number, content) VALUES ($1, $2, $3, $4)
        """,
        export.workspace_id,
        export.id,
        number,
        content,
    )


async def find_part(db: Statements, export: Export, number: int) -> bytes | None:
    """A part of a file; None behind the last."""
    content: bytes | None = await db.fetch_value(
        """
        -- tenant: the export was found as the caller's own by find_export
        SELECT content FROM export_parts WHERE workspace_id = $1 AND export_id = $2 AND number = $3
        """,
        export.workspace_id,
        export.id,
        number,
    )
    return content


async def delete_expired_exports(db: Statements, at: datetime) -> None:
    """Forget exports that nobody may fetch any more, with their files."""
    await db.execute("-- tenant: of all tenants, by age\nDELETE FROM exports WHERE expires_at <= $1", at)


async def list_member_ids(db: Statements, workspace_id: str) -> Sequence[str]:
    """The people of a workspace."""
    rows = await db.fetch(
        """
        SELECT DISTINCT s.person_id::text FROM project.subjects_v1 s WHERE s.workspace_id = $1 ORDER BY 1
        """,
        workspace_id,
    )
    return [row[0] for row in rows]
