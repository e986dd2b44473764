"""Undoing changes: one by one, or all that one request made. What moved on since is left to people."""

import msgspec

from taskyard.contracts.access import Permission
from taskyard.contracts.task import (
    TASK_ARCHIVED,
    TASK_CREATED,
    TASK_DELETED,
    TASK_RESTORED,
    TASK_TRANSITIONED,
    TASK_UNARCHIVED,
    TASK_UPDATED,
)
from taskyard.kit.changelog import FieldChange
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.task.actions.archiving import set_archived
from taskyard.task.actions.change import delete_task, lock_plan, restore_task, update_task
from taskyard.task.errors import ChangeMovedOn, ChangeNotFound, ChangeNotRevertible, JobUnderWay
from taskyard.task.models.history import PastChange
from taskyard.task.models.tasks import Task, TaskPatch
from taskyard.task.permissions import require_held
from taskyard.task.queries import history as queries
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.long_jobs import is_under_way
from taskyard.task.queries.tasks import find_permissions, lock_task

MOST_CHANGES = 500
_FOLLOWS = frozenset({"completed_at"})
"""What is never undone by itself, because it follows from other fields."""


async def revert_change(tx: Transaction, caller: Principal, change_id: str) -> Task | None:
    """Undo one change; the task as it is then, None where it went to the trash.

    Raises ChangeNotFound, ChangeNotRevertible, ChangeMovedOn, and what the opposite change raises.
    """
    found = await queries.find_change(tx, caller, _number(change_id))
    if found is None:
        raise ChangeNotFound
    _as_revert(tx)
    if "parent_id" in found.changes:
        await lock_graph(tx, found.workspace_id)
    return await undo(tx, caller, found)


async def revert_request(tx: Transaction, caller: Principal, request_id: str) -> list[str]:
    """Undo all that a request of the caller changed in tasks, latest first, or nothing; the tasks' ids.

    Raises what revert_change raises, JobUnderWay, and ChangeNotRevertible when the request made too many changes.
    """
    await require_not_under_way(tx, caller, request_id)
    changes = await queries.list_changes_of_request(tx, caller, request_id, MOST_CHANGES + 1)
    if not changes:
        raise ChangeNotFound
    if len(changes) > MOST_CHANGES:
        raise ChangeNotRevertible(f"More than {MOST_CHANGES} changes cannot be undone at once.")
    _as_revert(tx)
    if any("parent_id" in change.changes for change in changes):
        for workspace_id in sorted({change.workspace_id for change in changes}):
            await lock_graph(tx, workspace_id)
    for task_id in sorted({change.task_id for change in changes}):
        await lock_task(tx, caller, task_id)
    for change in changes:
        await undo(tx, caller, change)
    return list(dict.fromkeys(change.task_id for change in changes))


async def require_still_reverting(tx: Transaction, caller: Principal, change_id: str) -> None:
    """Refuse a stored answer to a caller who may not change the task any more."""
    found = await queries.find_change(tx, caller, _number(change_id))
    if found is None:
        raise ChangeNotFound
    require_held(await find_permissions(tx, caller, found.task_id), Permission.TASK_EDIT)


async def require_still_own_request(tx: Transaction, caller: Principal, request_id: str) -> None:
    """The same for a whole request."""
    changes = await queries.list_changes_of_request(tx, caller, request_id, MOST_CHANGES)
    if not changes:
        raise ChangeNotFound
    for task_id in {change.task_id for change in changes}:
        require_held(await find_permissions(tx, caller, task_id), Permission.TASK_EDIT)


async def require_not_under_way(db: Statements, caller: Principal, request_id: str) -> None:
    """A request that a job still carries out cannot be undone yet. Raises JobUnderWay."""
    if await is_under_way(db, caller.id, request_id):
        raise JobUnderWay


async def undo(tx: Transaction, caller: Principal, change: PastChange) -> Task | None:
    """Make the opposite change. Raises ChangeNotRevertible, ChangeMovedOn, and what the opposite change raises."""
    if change.type == TASK_DELETED:
        return await restore_task(tx, caller, change.task_id)
    if change.type in {TASK_CREATED, TASK_RESTORED}:
        await delete_task(tx, caller, change.task_id)
        return None
    if change.type in {TASK_ARCHIVED, TASK_UNARCHIVED}:
        return await set_archived(tx, caller, change.task_id, archived=change.type == TASK_UNARCHIVED)
    if change.type not in {TASK_UPDATED, TASK_TRANSITIONED}:
        raise ChangeNotRevertible
    return await _undo_fields(tx, caller, change)


async def _undo_fields(tx: Transaction, caller: Principal, change: PastChange) -> Task:
    fields = {name: field for name, field in change.changes.items() if name not in _FOLLOWS}
    if not fields or not fields.keys() <= set(TaskPatch.__struct_fields__):
        raise ChangeNotRevertible
    patch = msgspec.convert({name: _opposite(name, field) for name, field in fields.items()}, TaskPatch)
    plan = await lock_plan(tx, caller, change.task_id, patch)
    if plan.found is not None and (moved := _moved_on(plan.found.task, fields)):
        raise ChangeMovedOn(f"Changed again since: {', '.join(moved)}.")
    return await update_task(tx, caller, plan)


def _opposite(name: str, field: FieldChange) -> object:
    """What a patch says to have a field as it was; values of the project's own fields are merged, so null ends one."""
    return {**dict.fromkeys(field.after), **field.before} if name == "custom" else field.before


def _moved_on(task: Task, fields: dict[str, FieldChange]) -> list[str]:
    present = msgspec.to_builtins(task)
    return [name for name, field in fields.items() if present[name] != field.after]


def _as_revert(tx: Transaction) -> None:
    """What is announced from now on comes of undoing."""
    tx.cause = msgspec.structs.replace(tx.cause, origin="revert")


def _number(change_id: str) -> int:
    if not (change_id.isascii() and change_id.isdigit() and len(change_id) < 19):
        raise ChangeNotFound
    return int(change_id)
