"""Changing, deleting and restoring a task."""

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.task import TASK_DELETED, TASK_RESTORED, TASK_TRANSITIONED, TASK_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.principal import Principal
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions.fields import completed_at, in_utc, require_insiders, require_one_due, require_state
from taskyard.task.errors import TaskNotFound, TaskNotInTrash
from taskyard.task.models import LockedTask, Task, TaskPatch
from taskyard.task.permissions import require_task
from taskyard.task.queries import tasks as queries


async def update_task(
    tx: Transaction, caller: Principal, task_id: str, patch: TaskPatch, *, expected: int | None = None
) -> Task:
    """Apply a merge patch. Nothing is stored or announced when nothing changes.

    Raises TaskNotFound, PermissionDenied, ProjectArchived, PreconditionFailed or InvalidInput.
    """
    status = None if patch.status is UNSET else patch.status
    found = await queries.lock_task(tx, caller, task_id, status)
    found = require_task(found, Permission.TASK_EDIT)
    if found.is_deleted:
        raise TaskNotFound
    require_version(expected, found.task.version)
    wanted = _patched(found, patch)
    changes = changed_fields(found.task, wanted)
    if not changes:
        return found.task
    await _require_new_insiders(tx, found.task, wanted)
    task = await queries.update_task(tx, wanted)
    await _announce(tx, TASK_TRANSITIONED if "status" in changes else TASK_UPDATED, task, changes)
    return task


async def delete_task(tx: Transaction, caller: Principal, task_id: str, *, expected: int | None = None) -> None:
    """Put a task into the trash.

    Raises TaskNotFound, PermissionDenied, ProjectArchived or PreconditionFailed.
    """
    found = require_task(await queries.lock_task(tx, caller, task_id), Permission.TASK_DELETE)
    if found.is_deleted:
        raise TaskNotFound
    require_version(expected, found.task.version)
    now = clock.now()
    await _announce(tx, TASK_DELETED, await queries.mark_deleted(tx, found.task, now, now), {})


async def restore_task(tx: Transaction, caller: Principal, task_id: str, *, expected: int | None = None) -> Task:
    """Take a task out of the trash. Raises what delete_task raises, or TaskNotInTrash."""
    found = require_task(await queries.lock_task(tx, caller, task_id), Permission.TASK_DELETE)
    if not found.is_deleted:
        raise TaskNotInTrash
    require_version(expected, found.task.version)
    task = await queries.mark_deleted(tx, found.task, None, clock.now())
    await _announce(tx, TASK_RESTORED, task, {})
    return task


def _patched(found: LockedTask, patch: TaskPatch) -> Task:
    """The task as the patch wants it. Raises InvalidInput."""
    fields = _cleaned(patch)
    if fields.get("due_on") is not None:
        fields.setdefault("due_at", None)
    if fields.get("due_at") is not None:
        fields.setdefault("due_on", None)
    now = clock.now()
    if patch.status is not UNSET:
        require_state(patch.status, found.category)
        fields["completed_at"] = completed_at(found.category or "", found.task.completed_at, now)
    task = msgspec.structs.replace(found.task, updated_at=now, **fields)
    require_one_due(task)
    return task


def _cleaned(patch: TaskPatch) -> dict[str, object]:
    """The fields a patch sets, in the form in which they are stored."""
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    fields: dict[str, object] = {name: value for name, value in given.items() if value is not UNSET}
    if patch.title is not UNSET:
        fields["title"] = clean_line("/title", patch.title)
    if patch.description is not UNSET:
        fields["description"] = clean_text("/description", patch.description)
    if patch.assignee_ids is not UNSET:
        fields["assignee_ids"] = list(dict.fromkeys(patch.assignee_ids))
    if patch.due_at is not UNSET:
        fields["due_at"] = in_utc("/due_at", patch.due_at)
    if patch.estimate is not UNSET and patch.estimate is not None:
        fields["estimate"] = round(patch.estimate, 2)
    return fields


async def _require_new_insiders(tx: Transaction, task: Task, wanted: Task) -> None:
    """Who was assigned before may stay although they lost the project; nobody like that is added."""
    if set(wanted.assignee_ids) <= set(task.assignee_ids):
        return
    outsiders = await queries.list_outsiders(tx, task, wanted.assignee_ids)
    require_insiders(wanted.assignee_ids, [one for one in outsiders if one not in task.assignee_ids])


async def _announce(tx: Transaction, kind: str, task: Task, changes: dict[str, FieldChange]) -> None:
    await announce(
        tx,
        Change(
            type=kind,
            resource_id=task.id,
            version=task.version,
            data=task,
            changes=changes,
            workspace_id=task.workspace_id,
            project_id=task.project_id,
        ),
    )
