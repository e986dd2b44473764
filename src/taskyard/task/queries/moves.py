"""Statements on the ways of tasks: where the workflow lets them go, and how full a state is."""

from taskyard.kit.database import Statements
from taskyard.task.models.moves import Lane
from taskyard.task.models.tasks import Task
from taskyard.task.queries.archived import ARCHIVED, LIVE
from taskyard.task.queries.columns import TASK, task_of

FREE = """
    s.category, s.enforced_limit, false AS is_governed, false AS is_listed, false AS is_permitted,
    '{}'::text[] AS required_fields
"""
"""The columns of a Move that no transition decides about; ``s`` is the state."""
GOVERNED = """
    s.category, s.enforced_limit, coalesce(w.is_enforced, false) AS is_governed, r.to_key IS NOT NULL AS is_listed,
    coalesce(r.is_permitted, false) AS is_permitted, coalesce(r.required_fields, '{}') AS required_fields
"""
"""The same where WAY is joined."""
WAY = """
    LEFT JOIN project.workflows_v1 w ON w.workspace_id = {row}.workspace_id AND w.project_id = {row}.project_id
       AND {governed}
    LEFT JOIN LATERAL (
        SELECT x.to_key, x.required_fields,
               x.role_ids = '{{}}' OR EXISTS (
                   SELECT FROM project.roles_held_v1 h
                    WHERE h.workspace_id = x.workspace_id AND h.project_id = x.project_id
                      AND h.person_id = {person} AND h.role_id = ANY(x.role_ids)) AS is_permitted
          FROM project.transitions_v1 x
         WHERE x.workspace_id = {row}.workspace_id AND x.project_id = {row}.project_id
           AND x.to_key = s.key AND x.from_key IN ({source}, '')
         ORDER BY x.from_key DESC LIMIT 1
    ) r ON w.is_enforced
"""
"""The transition from ``source`` to the state ``s`` in the project of a row; one that names its source comes first.

``person`` is who moves, and ``governed`` says which tasks the workflow concerns."""


async def lock_lane(tx: Statements, lane: Lane) -> None:
    """Let nobody else into a state of limited size until the end of the transaction."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1 || ':' || $2, 0))",
        lane.project_id,
        lane.key,
    )


async def count_tasks_in(db: Statements, lane: Lane, limit: int) -> int:
    """How many tasks are in a state, counted up to a limit."""
    count: int = await db.fetch_value(
        """
        -- tenant: the caller may put a task there, as find_for_change and take_place say
        SELECT count(*) FROM (
            SELECT FROM tasks
             WHERE workspace_id = $1 AND project_id = $2 AND status = $3 AND deleted_at IS NULL
               AND archived_at IS NULL LIMIT $4) AS inside
        """,
        lane.workspace_id,
        lane.project_id,
        lane.key,
        limit,
    )
    return count


async def find_settled_state(db: Statements, lane: Lane) -> tuple[str, str] | None:
    """The key and category of a state, or of the one that took its tasks over when it was given up."""
    row = await db.fetch_row(
        """
        WITH RECURSIVE fate (key, step) AS (
            SELECT $3::text COLLATE "C", 0
             UNION ALL
            SELECT d.successor_key, f.step + 1
              FROM fate f
             CROSS JOIN LATERAL (
                SELECT o.successor_key FROM project.state_successors_v1 o
                 WHERE o.workspace_id = $1 AND o.project_id = $2 AND o.key = f.key
                 ORDER BY o.deleted_at DESC LIMIT 1) d
             WHERE f.step < 100
               AND NOT EXISTS (SELECT FROM project.states_v2 s
                                WHERE s.workspace_id = $1 AND s.project_id = $2 AND s.key = f.key)
        )
        SELECT s.key, s.category
          FROM fate f
          JOIN project.states_v2 s ON s.workspace_id = $1 AND s.project_id = $2 AND s.key = f.key
         ORDER BY f.step LIMIT 1
        """,
        lane.workspace_id,
        lane.project_id,
        lane.key,
    )
    return None if row is None else (row[0], row[1])


async def lock_unsettled(tx: Statements, lane: Lane, settled: tuple[str, bool], limit: int) -> list[Task]:
    """Tasks in a state that belong into another, or that do not count as completed as ``settled`` says: locked."""
    key, is_finished = settled
    rows = await tx.fetch(
        f"""
        -- tenant: what a change of the project's states entails, whoever sees the tasks
        SELECT {TASK} FROM tasks t
         WHERE t.workspace_id = $1 AND t.project_id = $2 AND t.status = $3 AND ({LIVE} OR {ARCHIVED})
           AND (t.status <> $4 OR (t.completed_at IS NOT NULL) <> $5)
         ORDER BY t.id LIMIT $6 FOR UPDATE
        """,  # by tasks_by_status and tasks_archived_by_status
        lane.workspace_id,
        lane.project_id,
        lane.key,
        key,
        is_finished,
        limit,
    )
    return [task_of(row) for row in rows]


async def store_settled(tx: Statements, task: Task) -> None:
    """Store the state in which a task is now."""
    await tx.execute(
        """
        -- tenant: the task was locked by lock_unsettled
        UPDATE tasks SET status = $3, completed_at = $4, updated_at = $5, version = $6
         WHERE workspace_id = $1 AND id = $2
        """,
        task.workspace_id,
        task.id,
        task.status,
        task.completed_at,
        task.updated_at,
        task.version,
    )
