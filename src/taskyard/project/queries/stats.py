"""Counts of a project's tasks, from what the task service publishes of them."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.project.models.projects import Project
from taskyard.project.models.stats import StateCount


async def list_state_counts(db: Statements, project: Project, at: datetime) -> list[StateCount]:
    """How many tasks are in each state of a project, in their order; the day is that of ``at`` in its zone."""
    rows = await db.fetch(
        """
        -- tenant: the project was found with the caller's permissions
        SELECT s.key, s.category, s.wip_limit, count(w.task_id),
               count(w.task_id) FILTER (WHERE NOT w.is_completed AND NOT w.is_assigned),
               count(w.task_id) FILTER (WHERE NOT w.is_completed AND (w.due_at < $3 OR w.due_on < $4)),
               coalesce(sum(w.estimate), 0)::float8
          FROM states s
          LEFT JOIN task.workload_v1 w
            ON w.workspace_id = s.workspace_id AND w.project_id = s.project_id AND w.status = s.key
         WHERE s.workspace_id = $1::uuid AND s.project_id = $2::uuid AND s.deleted_at IS NULL
         GROUP BY s.workspace_id, s.project_id, s.id
         ORDER BY s.rank, s.id
        """,  # by tasks_by_status
        project.workspace_id,
        project.id,
        at,
        at.date(),
    )
    return [StateCount(*row) for row in rows]


async def count_tasks(db: Statements, project: Project, most: int) -> int:
    """How many tasks a project has that are neither archived nor in the trash, counted up to ``most``."""
    count: int = await db.fetch_value(
        """
        -- tenant: the project was found with the caller's permissions
        SELECT count(*) FROM (
            SELECT FROM task.workload_v1 w WHERE w.workspace_id = $1 AND w.project_id = $2 LIMIT $3
        ) counted
        """,  # by tasks_by_status
        project.workspace_id,
        project.id,
        most,
    )
    return count
