"""Statements on boards: columns in the order of ranks, and the places of tasks in them."""

from datetime import datetime

from asyncpg import Record

from taskyard.contracts.access import CAN_IN_PROJECT, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.boards import MOST_COUNTED, BoardState, RankedTask
from taskyard.task.models.moves import Lane
from taskyard.task.models.tasks import Task
from taskyard.task.queries.archived import LIVE
from taskyard.task.queries.columns import TASK, WIDTH, task_of

_SEES = CAN_IN_PROJECT.format(row="c", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_IN_COLUMN = "t.workspace_id = c.workspace_id AND t.project_id = c.project_id AND t.status = c.key"
_LIST_STATES = f"""
    SELECT c.id::text, c.key, c.name, c.category, c.is_default, c.wip_limit, c.enforces_limit,
           (SELECT count(*) FROM (SELECT FROM tasks t WHERE {_IN_COLUMN} AND {LIVE}
                                   LIMIT {MOST_COUNTED}) AS counted)
      FROM project.states_v3 c WHERE c.project_id = $3 AND {_SEES} ORDER BY c.rank, c.key
"""
_LIST_FIRST = f"""
    SELECT page.* FROM project.states_v3 c CROSS JOIN LATERAL (
        SELECT {TASK}, t.rank FROM tasks t WHERE {_IN_COLUMN} AND {LIVE}
         ORDER BY t.rank, t.id LIMIT $4) AS page
     WHERE c.project_id = $3 AND {_SEES} ORDER BY c.rank, c.key, page.rank, page.id
"""  # by tasks_by_rank
_LIST_COLUMN = f"""
    SELECT page.* FROM project.states_v3 c CROSS JOIN LATERAL (
        SELECT {TASK}, t.rank FROM tasks t
         WHERE {_IN_COLUMN} AND {LIVE} AND (t.rank, t.id) > ($5, $6::uuid)
         ORDER BY t.rank, t.id LIMIT $7) AS page
     WHERE c.project_id = $3 AND c.key = $4 AND {_SEES} ORDER BY page.rank, page.id
"""  # by tasks_by_rank
_COLUMN = f"t.workspace_id = $1 AND t.project_id = $2 AND t.status = $3 AND {LIVE}"
_LOCK_BOARD = """
    -- tenant: a lock alone; who may move the task is asked with it
    SELECT pg_advisory_xact_lock(hashtextextended('board:' || t.project_id, 0)) FROM tasks t WHERE t.id = $1
"""
_FIND_PLACE = f"""
    -- tenant: the task was locked with its permissions by lock_task
    SELECT (SELECT t.rank FROM tasks t WHERE {_COLUMN} AND t.id = $4::uuid),
           (SELECT b.id::text FROM tasks t JOIN LATERAL (
                SELECT o.id FROM tasks o
                 WHERE o.workspace_id = $1 AND o.project_id = $2 AND o.status = $3 AND o.deleted_at IS NULL
                   AND o.archived_at IS NULL AND (o.rank, o.id) < (t.rank, t.id)
                 ORDER BY o.rank DESC, o.id DESC LIMIT 1) b ON true
             WHERE {_COLUMN} AND t.id = $4::uuid)
"""
_FIND_NEIGHBOURS = """
    -- tenant: the task was locked with its permissions by lock_task
    SELECT t.id::text, t.rank FROM tasks t WHERE {column} AND t.id <> $4::uuid {beyond}
     ORDER BY t.rank {direction}, t.id {direction} LIMIT 1
"""
_NEIGHBOUR = {
    (is_after, is_end): _FIND_NEIGHBOURS.format(
        column=_COLUMN,
        beyond="" if is_end else f"AND (t.rank, t.id) {'>' if is_after else '<'} ($5, $6::uuid)",
        direction="ASC" if is_after else "DESC",
    )
    for is_after in (True, False)
    for is_end in (True, False)
}
_STORE = f"""
    -- tenant: the task was locked with its permissions by lock_task
    UPDATE tasks AS t SET rank = $3, updated_at = $4, version = t.version + 1
     WHERE t.workspace_id = $1 AND t.id = $2 RETURNING {TASK}
"""
_LIST_RANKS = f"""
    -- tenant: the board was locked with the permissions of a task on it
    SELECT t.id::text FROM tasks t WHERE {_COLUMN} ORDER BY t.rank, t.id FOR NO KEY UPDATE
"""
_RANK_ANEW = """
    -- tenant: the board was locked with the permissions of a task on it
    UPDATE tasks t SET rank = x.rank FROM unnest($2::uuid[], $3::text[]) AS x (id, rank)
     WHERE t.workspace_id = $1 AND t.id = x.id
"""


async def list_states(db: Statements, caller: Principal, project_id: str) -> list[tuple[BoardState, int]]:
    """The states of a visible project in their order, each with the number of its tasks up to MOST_COUNTED."""
    rows = await db.fetch(_LIST_STATES, caller.access_id, caller.project_ids, project_id)
    return [(BoardState(*row[:7]), row[7]) for row in rows]


async def list_first(db: Statements, caller: Principal, project_id: str, limit: int) -> list[RankedTask]:
    """The first tasks of each column of a visible project."""
    rows = await db.fetch(_LIST_FIRST, caller.access_id, caller.project_ids, project_id, limit)
    return [_ranked(row) for row in rows]


async def list_column(
    db: Statements, caller: Principal, column: tuple[str, str], after: tuple[str, str], limit: int
) -> list[RankedTask]:
    """The tasks of one column after a rank and an id; ``column`` is a project and the key of a state."""
    rows = await db.fetch(_LIST_COLUMN, caller.access_id, caller.project_ids, *column, *after, limit)
    return [_ranked(row) for row in rows]


async def lock_board_of(tx: Statements, task_id: str) -> None:
    """Let nobody else move tasks of a task's project until the end of the transaction. Comes before locks of tasks."""
    await tx.execute(_LOCK_BOARD, task_id)


async def find_place(tx: Statements, lane: Lane, task_id: str) -> tuple[str | None, str | None]:
    """The rank of a task in a column and the task before it; both None for one that is not there."""
    row = await tx.fetch_row(_FIND_PLACE, lane.workspace_id, lane.project_id, lane.key, task_id)
    return (None, None) if row is None else (row[0], row[1])


async def find_neighbour(
    tx: Statements, lane: Lane, moved_id: str, beside: tuple[str, str] | None, *, is_after: bool
) -> tuple[str, str] | None:
    """The id and rank of the task next to a place in a column, the moved one apart.

    ``beside`` is a rank and an id; without one it is the first of the column, or the last.
    """
    sql = _NEIGHBOUR[is_after, beside is None]
    row = await tx.fetch_row(sql, lane.workspace_id, lane.project_id, lane.key, moved_id, *(beside or ()))
    return None if row is None else (row[0], row[1])


async def store_rank(tx: Statements, task: Task, rank: str, at: datetime) -> Task:
    """Give a locked task its place, as a new version."""
    row = await tx.fetch_row(_STORE, task.workspace_id, task.id, rank, at)
    if row is None:
        raise LookupError("the task was not locked before it was moved")
    return task_of(row)


async def list_in_order(tx: Statements, lane: Lane) -> list[str]:
    """All tasks of a column of a locked board, locked."""
    rows = await tx.fetch(_LIST_RANKS, lane.workspace_id, lane.project_id, lane.key)
    return [row[0] for row in rows]


async def rank_anew(tx: Statements, workspace_id: str, task_ids: list[str], ranks: list[str]) -> None:
    """Give tasks shorter ranks in the order they have: nothing that anybody sees."""
    await tx.execute(_RANK_ANEW, workspace_id, task_ids, ranks)


def _ranked(row: Record) -> RankedTask:
    return RankedTask(task_of(row), row[WIDTH])
