"""Statements on the tasks of a project that are made once more in another: which, and which of them are there."""

from collections.abc import Sequence

from taskyard.contracts.access import CAN_AT_TASK, CAN_IN_PROJECT, Permission
from taskyard.contracts.task_jobs import MOST_TASKS
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.long_jobs import LongJob
from taskyard.task.models.tasks import Task
from taskyard.task.queries.columns import TASK, task_of

_SEES = CAN_IN_PROJECT.format(row="p", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_SEES_TASK = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_INSERT = f"""
    WITH RECURSIVE live AS MATERIALIZED (
        SELECT t.id, t.parent_id, t.number
          FROM project.projects_v1 p JOIN tasks t ON t.workspace_id = p.workspace_id AND t.project_id = p.project_id
         WHERE p.workspace_id = $3 AND p.project_id = $5 AND t.deleted_at IS NULL AND t.archived_at IS NULL AND {_SEES}
    ), tree AS (
        SELECT l.id, l.number, 0 AS depth FROM live l
         WHERE NOT EXISTS (SELECT FROM live w WHERE w.id = l.parent_id)
         UNION ALL
        SELECT l.id, l.number, tree.depth + 1 FROM tree JOIN live l ON l.parent_id = tree.id
    )
    INSERT INTO long_job_items (workspace_id, job_id, place, task_id)
    SELECT $3, $4, row_number() OVER (ORDER BY tree.depth, tree.number) AS place, tree.id FROM tree
     ORDER BY place LIMIT {MOST_TASKS}
"""
_LIST_PATTERNS = f"""
    SELECT {TASK} FROM tasks t
     WHERE t.workspace_id = $3 AND t.id = ANY($4::uuid[]) AND t.deleted_at IS NULL AND {_SEES_TASK}
"""


async def insert_tasks_of(tx: Statements, caller: Principal, job: LongJob, project_id: str) -> int:
    """Write down the tasks of a project for a job, wholes before their parts; how many the caller sees."""
    tag = await tx.execute(_INSERT, caller.access_id, caller.project_ids, job.workspace_id, job.id, project_id)
    return int(tag.rpartition(" ")[2])


async def list_patterns(
    tx: Statements, caller: Principal, workspace_id: str, task_ids: Sequence[str]
) -> dict[str, Task]:
    """Those of some tasks that the caller sees and that are not in the trash, by their ids."""
    rows = await tx.fetch(_LIST_PATTERNS, caller.access_id, caller.project_ids, workspace_id, task_ids)
    return {task.id: task for task in map(task_of, rows)}


async def list_present(tx: Statements, task: Task, task_ids: Sequence[str]) -> set[str]:
    """Those of some ids that tasks of a new task's project have, which are neither archived nor in the trash."""
    rows = await tx.fetch(
        """
        -- tenant: the ids are those of copies that the same person asked for, in a project where they may make tasks
        SELECT t.id::text FROM tasks t
         WHERE t.workspace_id = $1 AND t.project_id = $2 AND t.id = ANY($3::uuid[])
           AND t.deleted_at IS NULL AND t.archived_at IS NULL
        """,
        task.workspace_id,
        task.project_id,
        task_ids,
    )
    return {row[0] for row in rows}
