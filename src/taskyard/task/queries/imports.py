"""Statements on imports: what was handed in, and what is called how where it goes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from taskyard.contracts.access import CAN_IN_PROJECT, PERMISSIONS_IN_WORKSPACE, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.task.models.imports import Ground, Import, Outcome, Row, RowNote
from taskyard.task.queries.outsiders import OUTSIDERS

_COLUMNS = """
    i.id::text, i.workspace_id::text, i.project_id::text, i.asked_by::text, i.format, i.is_dry_run, i.state,
    i.rows_total, i.created, i.present, i.refused, i.created_at, i.finished_at, i.expires_at, i.version
"""
_SEES = CAN_IN_PROJECT.format(row="i", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_HELD = PERMISSIONS_IN_WORKSPACE.format(workspace="i.workspace_id", who="$1")
_RUNS = f"i.project_id IS NULL AND $2::uuid[] IS NULL AND {_HELD} & {int(Permission.WORKSPACE_EDIT)} <> 0"
_FIND = f"""
    SELECT {_COLUMNS} FROM imports i
     WHERE i.id = $3 AND i.asked_by = {PERSON.format(who="$1")} AND i.expires_at > $4 AND ({_SEES} OR {_RUNS})
"""  # by imports_by_id
_GROUND = f"""
    SELECT x.kind, x.id::text, x.workspace_id::text, x.data ->> 'key' AS key, x.data ->> 'name' AS name,
           x.data ->> 'category' AS category, coalesce((x.data ->> 'is_default')::boolean, false) AS is_default
      FROM project.portable_v2 x
     WHERE x.project_id = $3 AND x.kind IN ('project', 'state', 'label', 'milestone', 'iteration')
       AND {CAN_IN_PROJECT.format(row="x", who="$1", projects="$2", needed=int(Permission.TASK_CREATE))}
"""
_OUTSIDERS = f"""
    SELECT {OUTSIDERS.format(ids="$3")} FROM project.projects_v1 p WHERE p.workspace_id = $1 AND p.project_id = $2
"""


async def insert_import(tx: Statements, found: Import) -> None:
    """Remember what was asked for."""
    await tx.execute(
        """
        -- tenant: the caller's permissions in the project were found in this transaction
        INSERT INTO imports (workspace_id, id, project_id, asked_by, format, is_dry_run, state, rows_total, created_at,
                             expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        found.workspace_id,
        found.id,
        found.project_id,
        found.asked_by,
        found.format,
        found.is_dry_run,
        found.state,
        found.rows_total,
        found.created_at,
        found.expires_at,
    )


async def insert_rows(tx: Statements, found: Import, rows: Sequence[Row]) -> None:
    """Remember the rows in the order in which they are to be taken in."""
    await tx.execute(
        """
        -- tenant: the caller's permissions in the project were found in this transaction
        INSERT INTO import_rows (workspace_id, import_id, place, line, external_id, cells)
        SELECT $1, $2, r.place, r.line, r.external_id, r.cells::jsonb
          FROM unnest($3::integer[], $4::text[], $5::text[]) WITH ORDINALITY AS r (line, external_id, cells, place)
        """,
        found.workspace_id,
        found.id,
        [row.line for row in rows],
        [row.external_id for row in rows],
        [encode_json(row.cells).decode() for row in rows],
    )


async def find_import(db: Statements, caller: Principal, import_id: str, at: datetime) -> Import | None:
    """An import of the caller's own that has not expired, in a project they see."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, import_id, at)
    return None if row is None else Import(*row)


async def list_notes(db: Statements, found: Import, after: int, limit: int) -> list[RowNote]:
    """Rows of which there is something to tell, after a line."""
    rows = await db.fetch(
        """
        -- tenant: the import was found as the caller's own by find_import
        SELECT line, external_id, outcome, notes FROM import_rows
         WHERE workspace_id = $1 AND import_id = $2 AND line > $3 AND notes <> '{}' ORDER BY line LIMIT $4
        """,  # by import_rows_with_notes
        found.workspace_id,
        found.id,
        after,
        limit,
    )
    return [RowNote(*row) for row in rows]


async def find_import_to_work(db: Statements, workspace_id: str, import_id: str, at: datetime) -> Import | None:
    """An import that is not over, unless nobody wants it any more."""
    row = await db.fetch_row(
        f"""
        -- tenant: for a job; each task that it creates is asked of the access relation by insert_imported
        SELECT {_COLUMNS} FROM imports i
         WHERE i.workspace_id = $1 AND i.id = $2 AND i.finished_at IS NULL AND i.expires_at > $3
        """,
        workspace_id,
        import_id,
        at,
    )
    return None if row is None else Import(*row)


async def find_ground(db: Statements, caller: Principal, project_id: str | None) -> Ground | None:
    """What is called how in a project in which the caller may create tasks."""
    rows = await db.fetch(_GROUND, caller.access_id, caller.project_ids, project_id)
    project = next((row for row in rows if row["kind"] == "project"), None)
    if project is None:
        return None
    states = [row for row in rows if row["kind"] == "state"]
    return Ground(
        project["workspace_id"],
        project["id"],
        project["key"],
        {row["key"]: row["category"] for row in states},
        next((row["key"] for row in states if row["is_default"]), ""),
        {(row["kind"], row["name"].casefold()): row["id"] for row in rows if row["kind"] not in {"project", "state"}},
    )


async def list_outsiders(db: Statements, ground: Ground, person_ids: list[str]) -> list[str]:
    """Those of some people who do not see the project."""
    outsiders: list[str] = await db.fetch_value(_OUTSIDERS, ground.workspace_id, ground.project_id, person_ids)
    return outsiders


async def list_rows_to_do(db: Statements, found: Import, limit: int) -> list[tuple[int, Row]]:
    """The next rows of which nothing has become yet, each with its place."""
    rows = await db.fetch(
        """
        -- tenant: the import was found by its job
        SELECT place, line, external_id, cells FROM import_rows
         WHERE workspace_id = $1 AND import_id = $2 AND outcome IS NULL ORDER BY place LIMIT $3
        """,  # by import_rows_to_do
        found.workspace_id,
        found.id,
        limit,
    )
    return [(row[0], Row(row[1], row[2], msgspec.json.decode(row[3], type=dict[str, str]))) for row in rows]


async def list_rows(db: Statements, found: Import) -> list[tuple[int, Row, str | None]]:
    """All rows in the order in which they are taken in, each with its place and what became of it."""
    rows = await db.fetch(
        """
        -- tenant: the import was found by its job
        SELECT place, line, external_id, cells, outcome FROM import_rows
         WHERE workspace_id = $1 AND import_id = $2 ORDER BY place
        """,
        found.workspace_id,
        found.id,
    )
    return [(row[0], Row(row[1], row[2], msgspec.json.decode(row[3], type=dict[str, str])), row[4]) for row in rows]


async def list_taken(db: Statements, found: Import) -> list[str]:
    """The names from elsewhere of the rows that became tasks, or would become some."""
    rows = await db.fetch(
        """
        -- tenant: the import was found by its job
        SELECT external_id FROM import_rows
         WHERE workspace_id = $1 AND import_id = $2 AND outcome IN ('created', 'present')
        """,
        found.workspace_id,
        found.id,
    )
    return [row[0] for row in rows]


async def store_outcomes(db: Statements, found: Import, outcomes: Sequence[Outcome]) -> None:
    """Say what became of rows, and how far the import is."""
    kinds = Counter(one.outcome for one in outcomes)
    await db.execute(
        """
        -- tenant: the import was found by its job
        WITH told AS (
            UPDATE import_rows r SET outcome = o.outcome, notes = ARRAY(SELECT json_array_elements_text(o.notes::json))
              FROM unnest($3::integer[], $4::text[], $5::text[]) AS o (place, outcome, notes)
             WHERE r.workspace_id = $1 AND r.import_id = $2 AND r.place = o.place AND r.outcome IS NULL
        )
        UPDATE imports SET state = 'running', created = created + $6, present = present + $7, refused = refused + $8,
                           version = version + 1
         WHERE workspace_id = $1 AND id = $2
        """,
        found.workspace_id,
        found.id,
        [one.place for one in outcomes],
        [one.outcome for one in outcomes],
        [encode_json(one.notes).decode() for one in outcomes],
        kinds["created"],
        kinds["present"],
        kinds["refused"],
    )


async def finish_import(tx: Statements, found: Import, at: datetime) -> Import | None:
    """Say that it is over; None where it was said already."""
    row = await tx.fetch_row(
        f"""
        -- tenant: the import was found by its job
        UPDATE imports i SET state = 'done', finished_at = $3, version = i.version + 1
         WHERE i.workspace_id = $1 AND i.id = $2 AND i.finished_at IS NULL
        RETURNING {_COLUMNS}
        """,
        found.workspace_id,
        found.id,
        at,
    )
    return None if row is None else Import(*row)


async def delete_expired_imports(db: Statements, at: datetime) -> None:
    """Forget what was handed in; what came of it stays."""
    await db.execute("-- tenant: of all tenants, by age\nDELETE FROM imports WHERE expires_at <= $1", at)
