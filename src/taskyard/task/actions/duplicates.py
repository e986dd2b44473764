"""Making a task like another: what it says and its steps, and nothing of what happened to it."""

from collections.abc import Sequence

import msgspec

from taskyard.contracts.access import Permission
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.task.actions.checklists import create_first_items
from taskyard.task.actions.create import Draft, create_task, prepare_task, with_insiders
from taskyard.task.errors import TaskNotFound
from taskyard.task.models.checklists import MOST_ITEMS, ChecklistItem
from taskyard.task.models.tasks import NewTask, Task
from taskyard.task.permissions import require_held
from taskyard.task.queries.checklists import list_items
from taskyard.task.queries.tasks import find_permissions, find_task

_TAKEN_OVER = tuple(name for name in NewTask.__struct_fields__ if name in Task.__struct_fields__ and name != "status")
"""Everything a new task can be given, but where it stands."""


class Pattern(msgspec.Struct, frozen=True):
    """A task that is to be made once more, as it was found before the transaction."""

    task_id: str
    draft: Draft | None
    """None where the caller sees no such task."""


async def prepare_duplicate(database: Database, caller: Principal, task_id: str) -> Pattern:
    """Look at the task and find the place of the new one. Refuses nothing: that is for duplicate_task."""
    task = await find_task(database, caller, task_id)
    if task is None:
        return Pattern(task_id, None)
    new = NewTask(**{name: getattr(task, name) for name in _TAKEN_OVER})
    return Pattern(task_id, with_insiders(await prepare_task(database, caller, new)))


async def duplicate_task(tx: Transaction, caller: Principal, pattern: Pattern) -> Task:
    """Make a task like another, in the default state of its project.

    Who lost sight of the project meanwhile is not assigned. Raises TaskNotFound, and what create_task raises.
    """
    if pattern.draft is None:
        raise TaskNotFound
    items = await list_items(tx, caller, pattern.task_id, "", MOST_ITEMS)
    task = await create_task(tx, caller, pattern.draft)
    await repeat_items(tx, caller, items, task.id)
    return task


async def repeat_items(tx: Transaction, caller: Principal, items: Sequence[ChecklistItem], task_id: str) -> None:
    """Give a new task the same steps, none of them done."""
    if items:
        await create_first_items(tx, caller, task_id, [item.title for item in items])


async def require_still_duplicating(tx: Statements, caller: Principal, task_id: str) -> None:
    """Refuse a stored answer to a caller who may not make tasks there any more."""
    require_held(await find_permissions(tx, caller, task_id), Permission.TASK_CREATE)
