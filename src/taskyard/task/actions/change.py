"""Changing, deleting and restoring a task."""

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.task import TASK_DELETED, TASK_RESTORED, TASK_TRANSITIONED, TASK_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions.fields import completed_at, in_utc, require_insiders, require_one_due, require_state
from taskyard.task.actions.moves import require_passage, settled
from taskyard.task.actions.outsiders import list_new_outsiders
from taskyard.task.actions.subtasks import require_parent
from taskyard.task.actions.terms import merged, on_terms, without_forgotten
from taskyard.task.errors import OpenSubtasks, TaskNotFound, TaskNotInTrash
from taskyard.task.models.tasks import ChangeableTask, Task, TaskPatch
from taskyard.task.permissions import require_open_task, require_place_kept, require_task
from taskyard.task.queries import tasks as queries
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.terms import find_terms


class Plan(msgspec.Struct, frozen=True):
    """A change that is wanted, with the task as it was found before the transaction."""

    task_id: str
    patch: TaskPatch
    expected: int | None
    found: ChangeableTask | None


async def plan_update(
    database: Database, caller: Principal, task_id: str, patch: TaskPatch, *, expected: int | None = None
) -> Plan:
    """Look at a task before it is changed; ``expected`` is the version that a client named.

    Refuses nothing: that is for update_task, so that a repeated request still gets its stored answer.
    """
    if patch.status is UNSET:
        found = await queries.find_for_change(database, caller, task_id)
    else:
        found = await queries.find_for_move(database, caller, task_id, patch.status)
    return Plan(task_id, patch, expected, found)


async def lock_plan(tx: Transaction, caller: Principal, task_id: str, patch: TaskPatch) -> Plan:
    """The same look in a transaction, so that nothing changes until the update."""
    plan = Plan(task_id, patch, None, None)
    return msgspec.structs.replace(plan, found=await _lock(tx, caller, plan))


async def update_task(tx: Transaction, caller: Principal, plan: Plan) -> Task:
    """Apply a merge patch. Nothing is stored or announced when nothing changes.

    The one statement of the change says which version it is for, so the task needs no lock; when somebody else was
    faster, everything is decided again with the lock held.
    Raises TaskNotFound, PermissionDenied, ProjectArchived, TaskArchived, PreconditionFailed, OpenSubtasks,
    CircularTasks, InvalidInput, or what the workflow says.
    """
    if plan.patch.parent_id is not UNSET and plan.found is not None:
        await lock_graph(tx, plan.found.task.workspace_id)
    task = await _update(tx, caller, plan, plan.found)
    if task is None:
        task = await _update(tx, caller, plan, await _lock(tx, caller, plan))
    if task is None:
        raise PermissionDenied("The project was archived, or closed to you, a moment ago.")
    return task


async def _update(tx: Transaction, caller: Principal, plan: Plan, found: ChangeableTask | None) -> Task | None:
    """Decide by the task as it was found; None when it is not like that any more."""
    found = require_open_task(found, Permission.TASK_EDIT)
    require_version(plan.expected, found.task.version)
    wanted = _patched(found, plan.patch)
    require_place_kept(found, wanted)
    if _arranged(wanted) != _arranged(found.task):
        wanted = await on_terms(tx, await find_terms(tx, wanted), wanted, found.task)
    changes = changed_fields(found.task, wanted)
    if not changes:
        return found.task
    outsider_ids = await list_new_outsiders(tx, found.task, found.task.assignee_ids, wanted.assignee_ids)
    require_insiders(wanted.assignee_ids, outsider_ids)
    if found.move is not None and "status" in changes:
        await require_passage(tx, found.move, wanted, found.task.status)
    if "parent_id" in changes and wanted.parent_id is not None:
        await require_parent(tx, wanted, wanted.parent_id)
    task = msgspec.structs.replace(wanted, version=wanted.version + 1)
    change = _change(TASK_TRANSITIONED if "status" in changes else TASK_UPDATED, task, changes)
    return task if await queries.update_task(tx, caller, task, change, by_grant=found.by_grant) else None


def _arranged(task: Task) -> tuple[object, ...]:
    """What the project lays down more about than a statement of a change reads."""
    return task.label_ids, task.milestone_id, task.iteration_id, task.custom


async def _lock(tx: Transaction, caller: Principal, plan: Plan) -> ChangeableTask | None:
    if plan.patch.status is UNSET:
        return await queries.lock_task(tx, caller, plan.task_id)
    return await queries.lock_for_move(tx, caller, plan.task_id, plan.patch.status)


async def delete_task(tx: Transaction, caller: Principal, task_id: str, *, expected: int | None = None) -> None:
    """Put a task into the trash.

    Raises TaskNotFound, PermissionDenied, ProjectArchived or PreconditionFailed.
    """
    found = require_task(await queries.lock_task(tx, caller, task_id), Permission.TASK_DELETE)
    if found.is_deleted:
        raise TaskNotFound
    require_version(expected, found.task.version)
    now = clock.now()
    await announce(tx, _change(TASK_DELETED, await queries.mark_deleted(tx, found.task, now, now), {}))


async def restore_task(tx: Transaction, caller: Principal, task_id: str, *, expected: int | None = None) -> Task:
    """Take a task out of the trash. Raises what delete_task raises, or TaskNotInTrash."""
    found = require_task(await queries.lock_task(tx, caller, task_id), Permission.TASK_DELETE)
    if not found.is_deleted:
        raise TaskNotInTrash
    require_version(expected, found.task.version)
    task = await queries.mark_deleted(tx, await without_forgotten(tx, await settled(tx, found.task)), None, clock.now())
    await announce(tx, _change(TASK_RESTORED, task, {}))
    return task


def _patched(found: ChangeableTask, patch: TaskPatch) -> Task:
    """The task as the patch wants it. Raises InvalidInput."""
    fields = _cleaned(patch)
    if fields.get("due_on") is not None:
        fields.setdefault("due_at", None)
    if fields.get("due_at") is not None:
        fields.setdefault("due_on", None)
    if patch.custom is not UNSET:
        fields["custom"] = merged(found.task.custom, patch.custom)
    now = clock.now()
    if found.move is not None and patch.status is not UNSET:
        require_state(patch.status, found.move.category)
        fields["completed_at"] = completed_at(found.move.category or "", found.task.completed_at, now)
        if found.has_open_subtasks and found.task.completed_at is None:
            raise OpenSubtasks
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
    if patch.label_ids is not UNSET:
        fields["label_ids"] = list(dict.fromkeys(patch.label_ids))
    if patch.due_at is not UNSET:
        fields["due_at"] = in_utc("/due_at", patch.due_at)
    if patch.estimate is not UNSET and patch.estimate is not None:
        fields["estimate"] = round(patch.estimate, 2)
    return fields


def _change(kind: str, task: Task, changes: dict[str, FieldChange]) -> Change:
    return Change(
        type=kind,
        resource_id=task.id,
        version=task.version,
        data=task,
        changes=changes,
        workspace_id=task.workspace_id,
        project_id=task.project_id,
    )
