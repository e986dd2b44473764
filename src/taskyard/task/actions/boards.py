"""Boards: columns as people arranged them, and moving tasks in and between them."""

from typing import TypeAlias

from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.task import TASK_MOVED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.ranks import rank_after, rank_between, spread_ranks
from taskyard.task.actions.change import lock_plan, update_task
from taskyard.task.errors import ProjectNotFound
from taskyard.task.models.boards import LONGEST_RANK, Board, BoardState, Column, RankedTask, TaskMove
from taskyard.task.models.moves import Lane
from taskyard.task.models.tasks import Task, TaskPatch
from taskyard.task.permissions import require_by_project, require_open_task
from taskyard.task.queries import boards as queries
from taskyard.task.queries.tasks import lock_task

_Neighbour: TypeAlias = tuple[str, str] | None
"""The id and the rank of a task, or the end of the column."""
_FIRST_ID = "00000000-0000-0000-0000-000000000000"


async def get_board(database: Database, cursors: CursorSigner, caller: Principal, project_id: str, limit: int) -> Board:
    """The columns of a project, each with its first tasks. Raises ProjectNotFound."""
    states = await queries.list_states(database, caller, project_id) if is_id(project_id) else []
    if not states:
        raise ProjectNotFound
    tasks: dict[str, list[RankedTask]] = {}
    for ranked in await queries.list_first(database, caller, project_id, limit + 1):
        tasks.setdefault(ranked.task.status, []).append(ranked)

    def column(state: BoardState, total: int) -> Column:
        page = _page(cursors, (project_id, state.key), tasks.get(state.key, []), limit)
        return Column(state, total, page.items, page.next_cursor)

    return Board(project_id, [column(*found) for found in states])


async def list_column(
    database: Database, cursors: CursorSigner, caller: Principal, column: tuple[str, str], page: tuple[int, str | None]
) -> Page[Task]:
    """A page of one column; ``column`` is a project and the key of a state. Raises ProjectNotFound."""
    limit, cursor = page
    rank, task_id = ("", _FIRST_ID) if cursor is None else map(str, cursors.open(_listing(column), cursor))
    if not is_id(column[0]):
        raise ProjectNotFound
    rows = await queries.list_column(database, caller, column, (rank, task_id), limit + 1)
    if not rows and not await queries.list_states(database, caller, column[0]):
        raise ProjectNotFound
    return _page(cursors, column, rows, limit)


async def move_task(
    tx: Transaction, caller: Principal, task_id: str, move: TaskMove, *, expected: int | None = None
) -> Task:
    """Put a task elsewhere on its board; with another status as the workflow has it.

    Raises TaskNotFound, PermissionDenied, ProjectArchived, TaskArchived, PreconditionFailed, InvalidInput, or what a
    change of the status raises.
    """
    if move.after_id is not UNSET and move.before_id is not UNSET:
        raise invalid("/before_id", "Give after_id or before_id, not both.")
    await queries.lock_board_of(tx, task_id)
    found = require_by_project(require_open_task(await lock_task(tx, caller, task_id), Permission.TASK_EDIT))
    require_version(expected, found.task.version)
    task = found.task
    was_after = (await queries.find_place(tx, _lane(task), task.id))[1]
    if move.status is not None and move.status != task.status:
        task = await update_task(tx, caller, await lock_plan(tx, caller, task_id, TaskPatch(status=move.status)))
        was_after = None
    elif move.after_id is UNSET and move.before_id is UNSET and move.status is not None:
        return task
    return await _put(tx, task, move, was_after)


async def _put(tx: Transaction, task: Task, move: TaskMove, was_after: str | None) -> Task:
    lane = _lane(task)
    low, high = await _gap(tx, lane, task.id, move)
    rank = _rank(low, high)
    if rank is None:
        await _rank_anew(tx, lane)
        low, high = await _gap(tx, lane, task.id, move)
        rank = _rank(low, high) or ""
    after_id = low and low[0]
    stored = await queries.store_rank(tx, task, rank, clock.now())
    change = Change(
        type=TASK_MOVED,
        resource_id=stored.id,
        version=stored.version,
        data=stored,
        changes={"after_id": FieldChange(was_after, after_id)},
        workspace_id=stored.workspace_id,
        project_id=stored.project_id,
    )
    await announce(tx, change)
    return stored


def _rank(low: _Neighbour, high: _Neighbour) -> str | None:
    """A rank between two neighbours; None where their own have become too long, or are the same.

    They are the same when tasks came here from other columns without being moved.
    """
    if low is None or high is None:
        return rank_after(low[1]) if low is not None else rank_between(None, high and high[1])
    if low[1] >= high[1]:
        return None
    rank = rank_between(low[1], high[1])
    return rank if len(rank) <= LONGEST_RANK else None


async def _gap(tx: Transaction, lane: Lane, moved_id: str, move: TaskMove) -> tuple[_Neighbour, _Neighbour]:
    """The tasks between which it is to stand. Raises InvalidInput when the named one is not in the column."""
    if move.before_id is not UNSET:
        high = await _named(tx, lane, moved_id, move.before_id, "/before_id")
        return await queries.find_neighbour(tx, lane, moved_id, (high[1], high[0]), is_after=False), high
    if move.after_id is UNSET:
        return await queries.find_neighbour(tx, lane, moved_id, None, is_after=False), None
    if move.after_id is None:
        return None, await queries.find_neighbour(tx, lane, moved_id, None, is_after=True)
    low = await _named(tx, lane, moved_id, move.after_id, "/after_id")
    return low, await queries.find_neighbour(tx, lane, moved_id, (low[1], low[0]), is_after=True)


async def _named(tx: Transaction, lane: Lane, moved_id: str, named_id: str, pointer: str) -> tuple[str, str]:
    rank, _ = await queries.find_place(tx, lane, named_id)
    if rank is None or named_id == moved_id:
        raise invalid(pointer, "The column has no such other task.")
    return named_id, rank


async def _rank_anew(tx: Transaction, lane: Lane) -> None:
    task_ids = await queries.list_in_order(tx, lane)
    await queries.rank_anew(tx, lane.workspace_id, task_ids, spread_ranks(len(task_ids)))


def _lane(task: Task) -> Lane:
    return Lane(task.workspace_id, task.project_id, task.status)


def _listing(column: tuple[str, str]) -> str:
    return "column {1} of {0}".format(*column)


def _page(cursors: CursorSigner, column: tuple[str, str], rows: list[RankedTask], limit: int) -> Page[Task]:
    page = cursors.page(_listing(column), rows, limit, lambda last: [last.rank, last.task.id])
    return Page([ranked.task for ranked in page.items], page.next_cursor)
