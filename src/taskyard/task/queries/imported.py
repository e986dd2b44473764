"""Statements on tasks that come from elsewhere, and the names by which they are known there."""

from collections.abc import Sequence

from taskyard.contracts.access import CAN_IN_PROJECT, Permission
from taskyard.kit.changelog import Change, event_values
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.joint_trips import Joint
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.kit.queries.changelog import with_event
from taskyard.kit.ranks import rank_of
from taskyard.task.models.imports import Ground
from taskyard.task.models.tasks import Task
from taskyard.task.queries.columns import PRIORITIES

_MAY_CREATE = CAN_IN_PROJECT.format(row="p", who="$1", projects="$2", needed=int(Permission.TASK_CREATE))
_INSERT_IMPORTED_SQL = f"""
    WITH claimed AS (
        INSERT INTO external_ids (workspace_id, project_id, external_id, task_id)
        SELECT p.workspace_id, p.project_id, $5::text, $4::uuid FROM project.projects_v1 p
         WHERE p.project_id = $3 AND p.archived_at IS NULL AND {_MAY_CREATE}
        ON CONFLICT DO NOTHING
        RETURNING workspace_id, project_id, task_id
    ), written AS (
        INSERT INTO tasks (workspace_id, project_id, id, number, key, title, description, status, priority,
                           assignee_ids, parent_id, label_ids, milestone_id, iteration_id, start_on, due_on, due_at,
                           estimate, custom, completed_at, created_by, created_at, updated_at, rank, archived_at)
        SELECT c.workspace_id, c.project_id, c.task_id, $6::integer, $7::text, $8::text, $9::text, $10::text,
               $11::smallint, $12::uuid[], $13::uuid, $14::uuid[], $15::uuid, $16::uuid, $17::date, $18::date,
               $19::timestamptz, $20::float8, $21::jsonb, $22::timestamptz, $23::uuid, $24::timestamptz,
               $25::timestamptz, $26::text, $27::timestamptz
          FROM claimed c
        RETURNING id
    ), {with_event("written", 28)}
    SELECT EXISTS (SELECT FROM written)
"""
_INSERT_IMPORTED = Joint(_INSERT_IMPORTED_SQL, is_write=True)


async def take_numbers(db: Statements, ground: Ground, count: int) -> int:
    """Take the next numbers of a project for these tasks and no others; the last of them."""
    last: int = await db.fetch_value(
        """
        -- tenant: the project was found as one in which the person may create tasks by find_ground
        INSERT INTO project_counters AS c (workspace_id, project_id, last_number) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, project_id) DO UPDATE SET last_number = c.last_number + $3
        RETURNING last_number
        """,
        ground.workspace_id,
        ground.project_id,
        count,
    )
    return last


async def find_imported(tx: Statements, ground: Ground, external_id: str) -> str | None:
    """The task that came into the project under a name from elsewhere, in the trash or not."""
    task_id: str | None = await tx.fetch_value(
        """
        -- tenant: the project was found as one in which the person may create tasks by find_ground
        SELECT task_id::text FROM external_ids WHERE workspace_id = $1 AND project_id = $2 AND external_id = $3
        """,
        ground.workspace_id,
        ground.project_id,
        external_id,
    )
    return task_id


async def list_imported(db: Statements, ground: Ground, external_ids: Sequence[str]) -> list[str]:
    """Those names from elsewhere under which tasks came into the project."""
    rows = await db.fetch(
        """
        -- tenant: the project was found as one in which the person may create tasks by find_ground
        SELECT external_id FROM external_ids
         WHERE workspace_id = $1 AND project_id = $2 AND external_id = ANY($3::text[])
        """,
        ground.workspace_id,
        ground.project_id,
        external_ids,
    )
    return [row[0] for row in rows]


async def insert_imported(tx: Transaction, caller: Principal, task: Task, external_id: str, change: Change) -> bool:
    """Store a task, what it is known by elsewhere, and its event.

    False when the caller may not create tasks in its project, it is archived, or the task is there already.
    """
    return await tx.write_announced(
        change.type,
        _INSERT_IMPORTED,
        "",
        caller.access_id,
        caller.project_ids,
        task.project_id,
        task.id,
        external_id,
        *(task.number, task.key, task.title, task.description, task.status, PRIORITIES.index(task.priority)),
        *(task.assignee_ids, task.parent_id, task.label_ids, task.milestone_id, task.iteration_id),
        *(task.start_on, task.due_on, task.due_at, task.estimate, encode_json(task.custom).decode()),
        *(task.completed_at, task.created_by, task.created_at, task.updated_at, rank_of(task.number)),
        task.archived_at,
        *event_values(tx.cause, change),
    )
