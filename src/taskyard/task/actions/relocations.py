"""Taking a task, with its parts and all that hangs on it, to another project of the workspace.

It stays the same task: what is said about it, its history and its time go along, and its old key still finds it. What
it has of its project it gets from the other one, where that has the like; the rest is told of.
"""

from datetime import datetime

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.fields import FieldDefinition, FieldValue, checked_value
from taskyard.contracts.task_places import TASK_ARRIVED, TASK_DEPARTED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.principal import Principal
from taskyard.kit.problems import InvalidInput, PermissionDenied, Problem, invalid
from taskyard.task.actions.fields import completed_at
from taskyard.task.actions.moves import require_passage
from taskyard.task.errors import TooManyTasks, TransitionNotAllowed
from taskyard.task.models.boards import TaskMove
from taskyard.task.models.relocations import MOST_PARTS, ArrivalState, LeftOut, RelocatedTask
from taskyard.task.models.tasks import Task
from taskyard.task.models.terms import Terms
from taskyard.task.permissions import require_open_task, require_site
from taskyard.task.queries import relocations as queries
from taskyard.task.queries.anchors import find_site
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.outsiders import list_outsiders
from taskyard.task.queries.tasks import lock_task
from taskyard.task.queries.terms import find_terms


class Destination(msgspec.Struct, frozen=True):
    """What a task finds where it goes."""

    project_id: str
    project_key: str
    states: list[ArrivalState]
    labels: dict[str, str]
    """The labels there by those with the same names here."""
    at: datetime


async def relocate_task(
    tx: Transaction, caller: Principal, task_id: str, move: TaskMove, *, expected: int | None = None
) -> RelocatedTask:
    """Take a task and its parts to another project; one that is there already stays as it is.

    Raises ProjectNotFound, TaskNotFound, PermissionDenied, ProjectArchived, TaskArchived, PreconditionFailed,
    InvalidInput, TooManyTasks, or what the workflow says of a new task in the default state.
    """
    project_id = _wanted_project(move)
    site = require_site(await find_site(tx, caller, project_id), Permission.TASK_CREATE)
    await lock_graph(tx, site.workspace_id)
    tree = await queries.lock_tree(tx, site.workspace_id, task_id, MOST_PARTS + 1)
    found = require_open_task(await lock_task(tx, caller, task_id), Permission.TASK_DELETE)
    require_version(expected, found.task.version)
    if found.task.workspace_id != site.workspace_id:
        raise invalid("/project_id", "The project is in another workspace.")
    if found.task.project_id == project_id:
        return _relocated(found.task, found.task, {})
    if len(tree) > MOST_PARTS:
        raise TooManyTasks(f"At most {MOST_PARTS} tasks go to another project together.")
    return await _take_along(tx, caller, found.task, tree, project_id)


def _wanted_project(move: TaskMove) -> str:
    """Another project, which decides about state and place. Raises InvalidInput where the two are named besides."""
    given = {name for name in move.__struct_fields__ if getattr(move, name) not in {UNSET, None}}
    if move.project_id is UNSET or given != {"project_id"} or move.after_id is None:
        raise invalid("/project_id", "It takes its state along and stands last there; give nothing else.")
    return move.project_id


async def _take_along(
    tx: Transaction, caller: Principal, root: Task, tree: list[Task], project_id: str
) -> RelocatedTask:
    here = await queries.list_arrival_states(tx, caller, root.project_id)
    categories = {state.key: state.move.category for state in here}
    there, number = await find_destination(tx, caller, root.workspace_id, (root.project_id, project_id), len(tree))
    arrived = root
    for place, before in enumerate(tree):
        after = await fitted(tx, there, before, number + place, is_root=before.id == root.id)
        choices = _choices(there.states, before.status, categories.get(before.status))
        after = await in_a_state(tx, choices, before, after)
        await queries.store_relocated(tx, before, after)
        gone = msgspec.structs.replace(before, updated_at=after.updated_at, version=after.version)
        await announce(tx, _change(TASK_DEPARTED, gone))
        await announce(tx, _change(TASK_ARRIVED, after, before))
        arrived = after if before.id == root.id else arrived
    return _relocated(root, arrived, there.labels)


async def find_destination(
    tx: Transaction, caller: Principal, workspace_id: str, projects: tuple[str, str], count: int
) -> tuple[Destination, int]:
    """What tasks of one project find in another, and the first of so many numbers that are theirs there."""
    key, number = await queries.take_numbers(tx, workspace_id, projects[1], count)
    states = await queries.list_arrival_states(tx, caller, projects[1])
    labels = await queries.map_labels(tx, workspace_id, projects)
    return Destination(projects[1], key, states, labels, clock.now()), number


async def fitted(tx: Transaction, there: Destination, before: Task, number: int, *, is_root: bool) -> Task:
    """The task with what the other project has of what it had; its state is not decided yet."""
    after = msgspec.structs.replace(
        before,
        project_id=there.project_id,
        number=number,
        key=f"{there.project_key}-{number}",
        parent_id=None if is_root else before.parent_id,
        label_ids=[there.labels[label_id] for label_id in before.label_ids if label_id in there.labels],
        milestone_id=None,
        iteration_id=None,
        updated_at=there.at,
        version=before.version + 1,
    )
    terms = await find_terms(tx, after)
    people = {field.key for field in terms.fields if field.kind == "person"}
    named = [str(value) for key, value in before.custom.items() if key in people]
    outsiders = set(await list_outsiders(tx, after, [*before.assignee_ids, *named]))
    fitting = _fitting_values(terms.fields, before.custom)
    return msgspec.structs.replace(
        after,
        assignee_ids=[person_id for person_id in before.assignee_ids if person_id not in outsiders],
        label_ids=_one_of_each_group(terms, after.label_ids),
        custom={key: value for key, value in fitting.items() if key not in people or value not in outsiders},
    )


def _fitting_values(fields: list[FieldDefinition], values: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """The values that fields of the same keys take."""
    known, fitting = {field.key: field for field in fields}, dict[str, FieldValue]()
    for key, value in values.items():
        if key in known:
            try:
                fitting[key] = checked_value(f"/custom/{key}", known[key], value)
            except InvalidInput:
                continue
    return fitting


def _one_of_each_group(terms: Terms, label_ids: list[str]) -> list[str]:
    groups, kept = {label.id: label.group for label in terms.labels}, list[str]()
    for label_id in label_ids:
        group = groups.get(label_id)
        if group is None or group not in {groups.get(one) for one in kept}:
            kept.append(label_id)
    return kept


def _choices(states: list[ArrivalState], status: str, category: str | None) -> list[ArrivalState]:
    """Where the task may begin: in the state of its key, the first of its category, or the default."""
    named = [state for state in states if state.key == status]
    alike = [state for state in states if state.move.category == category]
    return [*named, *alike[:1], *(state for state in states if state.is_default)]


async def in_a_state(tx: Transaction, choices: list[ArrivalState], before: Task, after: Task) -> Task:
    """The task in the first of some states in which the workflow lets it begin. Raises why the last one does not."""
    refusal: Problem = invalid("/status", "The project has no such state.")
    for state in choices:
        category = state.move.category or ""
        completed = completed_at(category, before.completed_at, after.updated_at)
        settled = msgspec.structs.replace(after, status=state.key, completed_at=completed)
        try:
            await require_passage(tx, state.move, settled, None)
        except (TransitionNotAllowed, PermissionDenied, InvalidInput) as problem:
            refusal = problem
        else:
            return settled
    raise refusal


def _relocated(before: Task, after: Task, labels: dict[str, str]) -> RelocatedTask:
    left_out = LeftOut(
        [one for one in before.assignee_ids if one not in after.assignee_ids],
        None if after.parent_id == before.parent_id else before.parent_id,
        [one for one in before.label_ids if labels.get(one, one) not in after.label_ids],
        None if after.milestone_id == before.milestone_id else before.milestone_id,
        None if after.iteration_id == before.iteration_id else before.iteration_id,
        {key: value for key, value in before.custom.items() if key not in after.custom},
    )
    return RelocatedTask(**msgspec.structs.asdict(after), left_out=left_out)


def _change(kind: str, task: Task, before: Task | None = None) -> Change:
    return Change(
        type=kind,
        resource_id=task.id,
        version=task.version,
        data=task,
        changes={} if before is None else changed_fields(before, task),
        workspace_id=task.workspace_id,
        project_id=task.project_id,
    )
