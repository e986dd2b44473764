"""Statements on how tasks hang together: which is part of which."""

from taskyard.contracts.access import CAN_AT_TASK, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.tasks import Task
from taskyard.task.queries.columns import TASK, task_of

_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_CHILDREN = f"""
    SELECT {TASK} FROM tasks p JOIN tasks t ON t.workspace_id = p.workspace_id AND t.parent_id = p.id
     WHERE p.id = $3 AND p.deleted_at IS NULL AND t.deleted_at IS NULL AND t.number > $4
       AND ($6::boolean OR t.archived_at IS NULL) AND {_SEES}
     ORDER BY t.number LIMIT $5
"""  # by tasks_by_parent
_LINE = """
    -- tenant: the caller may create or edit tasks in this project, and a line of parents never leaves it
    WITH RECURSIVE line AS (
        SELECT t.workspace_id, t.id, t.parent_id, t.key, 1 AS place FROM tasks t
         WHERE t.workspace_id = $1 AND t.project_id = $2 AND t.id = $3 AND t.deleted_at IS NULL
           AND t.archived_at IS NULL
         UNION ALL
        SELECT p.workspace_id, p.id, p.parent_id, p.key, line.place + 1
          FROM line JOIN tasks p ON p.workspace_id = line.workspace_id AND p.id = line.parent_id
         WHERE line.id <> $4
    )
    SELECT id::text, key FROM line ORDER BY place
"""


async def lock_graph(tx: Statements, workspace_id: str) -> None:
    """Change how the tasks of a workspace hang together alone, until the end of the transaction."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('task.graph ' || $1, 0))", workspace_id)


async def share_graph(tx: Statements, workspace_id: str) -> None:
    """Let nobody change how the tasks of a workspace hang together, until the end of the transaction."""
    await tx.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('task.graph ' || $1, 0))", workspace_id)


async def list_line(tx: Statements, task: Task, parent_id: str) -> list[tuple[str, str]]:
    """The ids and keys from a parent of a task's project upwards, as far as the task itself.

    Empty where there is no such parent.
    """
    rows = await tx.fetch(_LINE, task.workspace_id, task.project_id, parent_id, task.id)
    return [(row[0], row[1]) for row in rows]


async def list_children(
    db: Statements, caller: Principal, asked: tuple[str, bool], after: int, limit: int
) -> list[Task]:
    """One page of the parts of a visible task, by number; ``asked`` is the task, and whether archived ones too."""
    rows = await db.fetch(_CHILDREN, caller.access_id, caller.project_ids, asked[0], after, limit, asked[1])
    return [task_of(row) for row in rows]
