"""Statements on tasks that go to another project: what goes along, what is there, and the keys they had."""

from taskyard.contracts.access import CAN_AT_TASK, Permission
from taskyard.kit.database import Statements
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.kit.ranks import rank_of
from taskyard.task.models.moves import Move
from taskyard.task.models.relocations import ArrivalState
from taskyard.task.models.tasks import Task
from taskyard.task.queries.columns import TASK, task_of
from taskyard.task.queries.moves import GOVERNED, WAY

_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_FIND_BY_FORMER_KEY = f"""
    SELECT t.id::text FROM project.workspaces_v1 w
      JOIN project.projects_v1 p ON p.workspace_id = w.workspace_id AND p.key = $4
      JOIN former_keys f ON f.workspace_id = p.workspace_id AND f.project_id = p.project_id AND f.number = $5
      JOIN tasks t ON t.workspace_id = f.workspace_id AND t.id = f.task_id
     WHERE w.slug = $3 AND {_SEES}
"""
_STATES = f"""
    SELECT s.key, s.is_default, {GOVERNED}
      FROM project.projects_v1 p
      JOIN project.states_v2 s ON s.workspace_id = p.workspace_id AND s.project_id = p.project_id
      JOIN project.states_v3 o ON o.workspace_id = s.workspace_id AND o.project_id = s.project_id AND o.key = s.key
      {WAY.format(row="p", source="''", governed="NOT s.is_default", person="$1")}
     WHERE p.project_id = $2
     ORDER BY o.rank, s.key
"""


async def find_id_by_former_key(db: Statements, caller: Principal, slug: str, key: tuple[str, int]) -> str | None:
    """The id of a task by a key that it had in a project before."""
    task_id: str | None = await db.fetch_value(_FIND_BY_FORMER_KEY, caller.access_id, caller.project_ids, slug, *key)
    return task_id


async def lock_tree(tx: Statements, workspace_id: str, task_id: str, limit: int) -> list[Task]:
    """A task and all that are parts of it, to any depth and in the trash or not: locked, in the order of their ids."""
    rows = await tx.fetch(
        f"""
        -- tenant: what goes along with a task, which is asked of the access relation before anything is changed
        WITH RECURSIVE tree AS (
            SELECT t.id FROM tasks t WHERE t.workspace_id = $1 AND t.id = $2
             UNION
            SELECT c.id FROM tree JOIN tasks c ON c.workspace_id = $1 AND c.parent_id = tree.id
        )
        SELECT {TASK} FROM tasks t WHERE t.workspace_id = $1 AND t.id IN (SELECT id FROM tree LIMIT $3)
         ORDER BY t.id FOR UPDATE
        """,  # by tasks_by_parent
        workspace_id,
        task_id,
        limit,
    )
    return [task_of(row) for row in rows]


async def list_arrival_states(db: Statements, caller: Principal, project_id: str) -> list[ArrivalState]:
    """The states of a project in their order, and which of them the caller may let a task begin in."""
    rows = await db.fetch(f"-- tenant: the project was found with its permissions\n{_STATES}", caller.id, project_id)
    return [ArrivalState(row[0], row[1], Move(*row[2:])) for row in rows]


async def map_labels(db: Statements, workspace_id: str, projects: tuple[str, str]) -> dict[str, str]:
    """The labels of one project that the other has too, by their names: ids there by ids here."""
    rows = await db.fetch(
        """
        -- tenant: both projects were found with their permissions
        SELECT s.label_id::text, t.label_id::text FROM project.labels_v1 s
          JOIN project.labels_v1 t ON t.workspace_id = s.workspace_id AND t.name_folded = s.name_folded
         WHERE s.workspace_id = $1 AND s.project_id = $2 AND t.project_id = $3
        """,
        workspace_id,
        *projects,
    )
    return {row[0]: row[1] for row in rows}


async def take_numbers(tx: Statements, workspace_id: str, project_id: str, count: int) -> tuple[str, int]:
    """Take the next numbers of a project for these tasks and no others; the project's key, and the first of them."""
    row = await tx.fetch_row(
        """
        -- tenant: the project was found as one in which the caller may create tasks
        INSERT INTO project_counters AS c (workspace_id, project_id, last_number) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, project_id) DO UPDATE SET last_number = c.last_number + $3
        RETURNING last_number - $3 + 1, (SELECT p.key FROM project.projects_v1 p WHERE p.project_id = $2)
        """,
        workspace_id,
        project_id,
        count,
    )
    if row is None:
        raise LookupError("a counter that is not there is made")
    return row[1], row[0]


async def store_relocated(tx: Statements, before: Task, after: Task) -> None:
    """Store a task in its other project, at the end of its column, and keep the key that it had."""
    await tx.execute(
        """
        -- tenant: the task was locked by lock_tree, and both projects were found with their permissions
        WITH kept AS (
            INSERT INTO former_keys (workspace_id, project_id, number, task_id) VALUES ($1, $3, $4, $2)
        )
        UPDATE tasks SET project_id = $5, number = $6, key = $7, status = $8, completed_at = $9, assignee_ids = $10,
                         parent_id = $11, label_ids = $12, milestone_id = NULL, iteration_id = NULL,
                         custom = $13::jsonb, rank = $14, updated_at = $15, version = $16
         WHERE workspace_id = $1 AND id = $2
        """,
        before.workspace_id,
        before.id,
        before.project_id,
        before.number,
        after.project_id,
        after.number,
        after.key,
        after.status,
        after.completed_at,
        after.assignee_ids,
        after.parent_id,
        after.label_ids,
        encode_json(after.custom).decode(),
        rank_of(after.number),
        after.updated_at,
        after.version,
    )
