"""One change of many tasks that a query finds: asked for here, carried out task by task by a job."""

from datetime import timedelta
from typing import TypeAlias

from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.language.reading import read_query
from taskyard.contracts.language.tree import SortKey
from taskyard.contracts.task_jobs import MOST_TASKS
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.actions.archiving import set_archived
from taskyard.task.actions.change import Plan, delete_task, lock_plan, update_task
from taskyard.task.actions.fields import in_utc
from taskyard.task.actions.filtering import Reader, bind_query
from taskyard.task.actions.long_jobs import open_job, start_job
from taskyard.task.actions.relocations import relocate_task
from taskyard.task.errors import TooManyTasks, WorkspaceNotFound
from taskyard.task.models.boards import TaskMove
from taskyard.task.models.bulk import (
    SAMPLE,
    BulkArchive,
    BulkAssignees,
    BulkDelete,
    BulkLabels,
    BulkMove,
    BulkOperation,
    BulkPreview,
    BulkTransition,
    BulkUnarchive,
    BulkUpdate,
    NewBulk,
)
from taskyard.task.models.long_jobs import LongJob
from taskyard.task.models.tasks import Task, TaskFilter, TaskPatch
from taskyard.task.permissions import require_task
from taskyard.task.queries import bulk as queries
from taskyard.task.queries.anchors import find_anchor
from taskyard.task.queries.long_jobs import sees_workspace
from taskyard.task.queries.tasks import lock_task

LATEST_START = timedelta(days=30)
MOST_NAMED = 50
"""How many labels, or assignees, a task has at most."""
_Change: TypeAlias = BulkUpdate | BulkTransition | BulkLabels | BulkAssignees
_LATEST = (SortKey("created_at", is_descending=True),)
"""Parts mostly come after their wholes, and have to be closed before them."""
_OLDEST = (SortKey("created_at", is_descending=False),)
"""So tasks are numbered in another project as they were in theirs."""


async def read_bulk(reader: Reader, new: NewBulk) -> TaskFilter:
    """The tasks that a change is to be about, for whoever asks. Raises InvalidInput."""
    query, order = read_query(new.filter), _OLDEST if isinstance(new.operation, BulkMove) else _LATEST
    return TaskFilter(condition=await bind_query(reader, query.condition), order=query.order or order)


async def preview_bulk(db: Statements, caller: Principal, new: NewBulk, wanted: TaskFilter) -> BulkPreview:
    """What a change would be about, by now. Raises WorkspaceNotFound or TooManyTasks."""
    await require_workspace(db, caller, new.workspace_id)
    total = await queries.count_matching(db, caller, new.workspace_id, wanted, MOST_TASKS + 1)
    _require_few(total)
    return BulkPreview(total, await queries.list_matching(db, caller, new.workspace_id, wanted, SAMPLE))


async def create_bulk(tx: Transaction, caller: Principal, new: NewBulk, wanted: TaskFilter) -> LongJob:
    """Fix the tasks that are to be changed, and let a job of this transaction change them.

    Raises WorkspaceNotFound, InvalidInput, TooManyTasks or TooManyJobs.
    """
    await require_workspace(tx, caller, new.workspace_id)
    starts_at = in_utc("/starts_at", new.starts_at)
    if starts_at is not None and starts_at > clock.now() + LATEST_START:
        raise invalid("/starts_at", f"At most {LATEST_START.days} days ahead.")
    job = await open_job(tx, caller, new.workspace_id, new.operation, starts_at=starts_at)
    if isinstance(new.operation, BulkMove):
        _require_few(await queries.count_matching(tx, caller, new.workspace_id, wanted, MOST_TASKS + 1))
        return await start_job(tx, job, await queries.insert_wholes_matching(tx, caller, job, wanted, MOST_TASKS))
    total = await queries.insert_matching(tx, caller, job, wanted, MOST_TASKS + 1)
    _require_few(total)
    return await start_job(tx, job, total)


async def require_workspace(db: Statements, caller: Principal, workspace_id: str) -> None:
    """Whoever belongs to a workspace may ask for changes of what they see there. Raises WorkspaceNotFound."""
    if not await sees_workspace(db, caller, workspace_id):
        raise WorkspaceNotFound


async def change_one(tx: Transaction, caller: Principal, operation: BulkOperation, task_id: str) -> bool:
    """Do to one task what is done to all; whether that changed it. Raises what the same change alone raises."""
    if isinstance(operation, BulkDelete):
        await delete_task(tx, caller, task_id)
        return True
    if isinstance(operation, BulkArchive | BulkUnarchive):
        return await _set_archived(tx, caller, task_id, archived=isinstance(operation, BulkArchive))
    if isinstance(operation, BulkMove):
        return await _move(tx, caller, operation, task_id)
    plan = await _plan(tx, caller, operation, task_id)
    task = await update_task(tx, caller, plan)
    return plan.found is None or task.version != plan.found.task.version


def changes_ties(operation: BulkOperation) -> bool:
    """Whether it changes how tasks hang together."""
    if isinstance(operation, BulkUpdate):
        return operation.patch.parent_id is not UNSET
    return isinstance(operation, BulkMove)


async def _move(tx: Transaction, caller: Principal, operation: BulkMove, task_id: str) -> bool:
    found = await find_anchor(tx, caller, task_id)
    await relocate_task(tx, caller, task_id, TaskMove(project_id=operation.project_id))
    return found is None or found.project_id != operation.project_id


async def _set_archived(tx: Transaction, caller: Principal, task_id: str, *, archived: bool) -> bool:
    before = require_task(await lock_task(tx, caller, task_id), Permission.TASK_EDIT).task
    return await set_archived(tx, caller, task_id, archived=archived) != before


async def _plan(tx: Transaction, caller: Principal, operation: _Change, task_id: str) -> Plan:
    if isinstance(operation, BulkUpdate):
        return await lock_plan(tx, caller, task_id, operation.patch)
    if isinstance(operation, BulkTransition):
        return await lock_plan(tx, caller, task_id, TaskPatch(status=operation.status))
    found = require_task(await lock_task(tx, caller, task_id), Permission.TASK_EDIT)
    return Plan(task_id, _with_others(found.task, operation), None, found)


def _with_others(task: Task, operation: BulkLabels | BulkAssignees) -> TaskPatch:
    """What gives a task other labels or assignees; those that stay keep their order."""
    if isinstance(operation, BulkLabels):
        return TaskPatch(label_ids=_others(task.label_ids, operation))
    return TaskPatch(assignee_ids=_others(task.assignee_ids, operation))


def _others(ids: list[str], operation: BulkLabels | BulkAssignees) -> list[str]:
    wanted = list(dict.fromkeys([*(one for one in ids if one not in operation.remove), *operation.add]))
    if len(wanted) > MOST_NAMED:
        raise invalid("/operation/add", f"A task has at most {MOST_NAMED} of them.")
    return wanted


def _require_few(total: int) -> None:
    if total > MOST_TASKS:
        raise TooManyTasks(f"The query finds more than {MOST_TASKS} tasks, which is the most that one job works on.")
