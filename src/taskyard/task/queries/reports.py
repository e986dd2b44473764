"""Statements that reports are read by. What they read grows with the days asked for, not with the history."""

from collections.abc import Sequence
from datetime import datetime

from taskyard.contracts.access import CAN_IN_PROJECT, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.reports import Cycle, Reading
from taskyard.task.queries.listing import ONE_PROJECT

_VISIBLE = f"WITH visible AS MATERIALIZED ({ONE_PROJECT.format(project='$3::uuid')})"
_SEES_ITERATION = CAN_IN_PROJECT.format(row="i", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_READING = "i.n::integer - 1, s.scope_id::text, s.status, s.is_completed, b.tasks, b.estimate::float8"
_BEFORE = """
    CROSS JOIN LATERAL (
        SELECT t.tasks, t.estimate FROM tallies t
         WHERE t.workspace_id = s.workspace_id AND t.project_id = s.project_id AND t.scope_id = s.scope_id
           AND t.status = s.status AND t.is_completed = s.is_completed AND t.at < i.before
         ORDER BY t.at DESC LIMIT 1) b
    WHERE b.tasks <> 0
    ORDER BY i.n, s.scope_id, s.status, s.is_completed
"""  # by the primary key of tallies: one row for each state and instant
_READ = f"""
    {_VISIBLE}
    SELECT {_READING}
      FROM visible v
     CROSS JOIN unnest($5::uuid[], $6::timestamptz[]) WITH ORDINALITY AS i (scope_id, before, n)
      JOIN tallied s ON s.workspace_id = v.workspace_id AND s.project_id = v.project_id AND s.scope = $4
       AND s.scope_id = i.scope_id
    {_BEFORE}
"""
_READ_PEOPLE = f"""
    {_VISIBLE}
    SELECT {_READING}
      FROM visible v
      JOIN tallied s ON s.workspace_id = v.workspace_id AND s.project_id = v.project_id AND s.scope = 'person'
     CROSS JOIN unnest($4::timestamptz[]) WITH ORDINALITY AS i (before, n)
    {_BEFORE}
"""
_FIND_WORKSPACE = f"{_VISIBLE} SELECT workspace_id::text FROM visible"
_CYCLE = "i.project_id::text, i.iteration_id::text, i.starts_on, i.ends_on, i.started_at, i.closed_at"
_FIND_CYCLE = f"SELECT {_CYCLE} FROM project.iterations_v2 i WHERE i.iteration_id = $3 AND {_SEES_ITERATION}"
_LIST_CYCLES = f"""
    SELECT {_CYCLE} FROM project.iterations_v2 i
     WHERE i.project_id = $3 AND i.started_at IS NOT NULL AND i.closed_at IS NOT NULL AND {_SEES_ITERATION}
     ORDER BY i.closed_at DESC, i.iteration_id DESC LIMIT $4
"""
_LIST_COMPLETED = f"""
    {_VISIBLE}
    SELECT s.task_id::text, s.created_at, s.completed_at, (
               SELECT min(e.entered_at) FROM first_entries e
                 JOIN project.states_v2 c ON c.workspace_id = s.workspace_id AND c.project_id = s.project_id
                  AND c.key = e.status AND c.category = 'in_progress'
                WHERE e.workspace_id = s.workspace_id AND e.task_id = s.task_id)
      FROM visible v
      JOIN standings s ON s.workspace_id = v.workspace_id AND s.project_id = v.project_id
     WHERE s.completed_at >= $4 AND s.completed_at < $5 AND s.is_present
     ORDER BY s.completed_at DESC, s.task_id DESC LIMIT $6
"""  # by standings_by_completion


async def find_workspace_id(db: Statements, caller: Principal, project_id: str) -> str | None:
    """The workspace of a project that the caller sees."""
    found: str | None = await db.fetch_value(_FIND_WORKSPACE, caller.access_id, caller.project_ids, project_id)
    return found


async def find_cycle(db: Statements, caller: Principal, iteration_id: str) -> Cycle | None:
    """An iteration that the caller sees."""
    row = await db.fetch_row(_FIND_CYCLE, caller.access_id, caller.project_ids, iteration_id)
    return None if row is None else Cycle(*row)


async def list_closed_cycles(db: Statements, caller: Principal, project_id: str, limit: int) -> list[Cycle]:
    """The iterations of a visible project that were carried out, the last that was closed first."""
    rows = await db.fetch(_LIST_CYCLES, caller.access_id, caller.project_ids, project_id, limit)
    return [Cycle(*row) for row in rows]


async def read_project(db: Statements, caller: Principal, project_id: str, before: Sequence[datetime]) -> list[Reading]:
    """How the tasks of a visible project stood right before some instants."""
    scope_ids = [project_id] * len(before)
    rows = await db.fetch(_READ, caller.access_id, caller.project_ids, project_id, "project", scope_ids, before)
    return [Reading(*row) for row in rows]


async def read_iterations(
    db: Statements, caller: Principal, project_id: str, at: Sequence[tuple[str, datetime]]
) -> list[Reading]:
    """How the tasks of iterations of a visible project stood right before an instant of each."""
    ids, before = [scope_id for scope_id, _ in at], [instant for _, instant in at]
    rows = await db.fetch(_READ, caller.access_id, caller.project_ids, project_id, "iteration", ids, before)
    return [Reading(*row) for row in rows]


async def read_people(db: Statements, caller: Principal, project_id: str, before: Sequence[datetime]) -> list[Reading]:
    """How the tasks of each person in a visible project stood right before some instants."""
    rows = await db.fetch(_READ_PEOPLE, caller.access_id, caller.project_ids, project_id, before)
    return [Reading(*row) for row in rows]


async def list_completed(
    db: Statements, caller: Principal, project_id: str, span: tuple[datetime, datetime], limit: int
) -> list[tuple[str, datetime, datetime, datetime | None]]:
    """The tasks of a visible project that were completed in a span of time, the latest first.

    Each with the instants when it was made, completed, and first in progress.
    """
    rows = await db.fetch(_LIST_COMPLETED, caller.access_id, caller.project_ids, project_id, *span, limit)
    return [(row[0], row[1], row[2], row[3]) for row in rows]
