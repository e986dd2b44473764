"""The labels, fields and plans of a task, by what its project lays down about them."""

from collections import Counter

import msgspec

from taskyard.contracts.fields import FieldDefinition, FieldValue, checked_value
from taskyard.contracts.task import TASK_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.problems import FieldError, InvalidInput, invalid
from taskyard.task.models.tasks import NewTask, Task
from taskyard.task.models.terms import Forgotten, Template, Terms
from taskyard.task.queries import terms as queries
from taskyard.task.queries.outsiders import list_outsiders

AT_ONCE = 100
"""From how many tasks a part is taken in one transaction."""


async def on_terms(tx: Transaction, terms: Terms, wanted: Task, before: Task | None) -> Task:
    """A task that is to be stored, its values in the form in which they are; a new one (no ``before``) with defaults.

    What it had before it may keep, also where the terms have changed. Raises InvalidInput.
    """
    _require_plans(terms, wanted, before)
    require_labels(terms, wanted.label_ids, before.label_ids if before else [])
    custom = _checked(terms.fields, wanted.custom, before.custom if before else None)
    await _require_people(tx, terms.fields, wanted, {} if before is None else before.custom, custom)
    return msgspec.structs.replace(wanted, custom=custom)


def require_labels(terms: Terms, label_ids: list[str], before: list[str]) -> None:
    """A task has labels of its project, at most one of each group. Raises InvalidInput naming each place."""
    groups = {label.id: label.group for label in terms.labels}
    errors = [
        FieldError(f"/label_ids/{place}", "The project has no such label.")
        for place, label_id in enumerate(label_ids)
        if label_id not in groups and label_id not in before
    ]
    used = Counter(group for group in map(groups.get, label_ids) if group is not None)
    errors += [
        FieldError(f"/label_ids/{place}", "A task has at most one label of this group.")
        for place, label_id in enumerate(label_ids)
        if used[groups.get(label_id) or ""] > 1
    ]
    if errors and set(label_ids) != set(before):
        raise InvalidInput(errors[0].detail, errors=errors)


def _require_plans(terms: Terms, wanted: Task, before: Task | None) -> None:
    had = (before.milestone_id, before.iteration_id) if before else (None, None)
    if wanted.milestone_id not in {None, had[0]} and not terms.has_milestone:
        raise invalid("/milestone_id", "The project has no such milestone.")
    if wanted.iteration_id not in {None, had[1]} and terms.iteration_state not in {"planned", "active"}:
        raise invalid("/iteration_id", "The project has no such iteration that is not closed.")


def merged(before: dict[str, FieldValue], patch: dict[str, FieldValue | None]) -> dict[str, FieldValue]:
    """The values of a task after a merge patch: null takes one away."""
    both = {**before, **patch}
    return {key: value for key, value in both.items() if value is not None}


def filled(new: NewTask, template: Template) -> NewTask:
    """A new task that begins with what a template holds, wherever it says nothing itself."""
    return msgspec.structs.replace(
        new,
        description=new.description or template.description,
        priority=template.priority if new.priority == "none" else new.priority,
        label_ids=new.label_ids or template.label_ids,
        estimate=template.estimate if new.estimate is None else new.estimate,
        custom={**template.custom, **new.custom},
    )


async def without_forgotten(tx: Transaction, task: Task) -> Task:
    """A task without what its project no longer has."""
    terms = await queries.find_terms(tx, task)
    labels, keys = {label.id for label in terms.labels}, {field.key for field in terms.fields}
    return msgspec.structs.replace(
        task,
        label_ids=[label_id for label_id in task.label_ids if label_id in labels],
        custom={key: value for key, value in task.custom.items() if key in keys},
        milestone_id=task.milestone_id if terms.has_milestone else None,
        iteration_id=None if terms.iteration_state is None else task.iteration_id,
    )


async def forget_part(tx: Transaction, part: Forgotten) -> int:
    """Take from some tasks what their project no longer has; less than AT_ONCE of them when none is left."""
    tasks = await queries.lock_holders(tx, part, AT_ONCE)
    for before in tasks:
        after = msgspec.structs.replace(_without(part, before), updated_at=clock.now(), version=before.version + 1)
        await queries.store_without(tx, after)
        await announce(tx, _change(before, after))
    return len(tasks)


def _without(part: Forgotten, task: Task) -> Task:
    if part.kind == "label":
        return msgspec.structs.replace(task, label_ids=[one for one in task.label_ids if one != part.name])
    if part.kind == "field":
        return msgspec.structs.replace(task, custom=merged(task.custom, {part.name: None}))
    if part.kind == "milestone":
        return msgspec.structs.replace(task, milestone_id=None)
    return msgspec.structs.replace(task, iteration_id=part.successor_id)


def _checked(
    fields: list[FieldDefinition], wanted: dict[str, FieldValue], before: dict[str, FieldValue] | None
) -> dict[str, FieldValue]:
    known, kept = {field.key: field for field in fields}, before or {}
    values: dict[str, FieldValue] = {}
    for key, value in wanted.items():
        if key in kept and kept[key] == value:
            values[key] = value
        elif key not in known:
            raise invalid(f"/custom/{key}", "The project has no field with this key.")
        else:
            values[key] = checked_value(f"/custom/{key}", known[key], value)
    for field in fields:
        if before is None and field.default is not None:
            values.setdefault(field.key, field.default)
        if field.is_required and field.key not in values and (before is None or field.key in before):
            raise invalid(f"/custom/{field.key}", "The project requires this field.")
    return values


async def _require_people(
    tx: Transaction,
    fields: list[FieldDefinition],
    task: Task,
    before: dict[str, FieldValue],
    custom: dict[str, FieldValue],
) -> None:
    keys = [field.key for field in fields if field.kind == "person"]
    named = {key: str(custom[key]) for key in keys if key in custom and custom[key] != before.get(key)}
    outsiders = set(await list_outsiders(tx, task, list(named.values()))) if named else set[str]()
    errors = [
        FieldError(f"/custom/{key}", "This person does not see the project.")
        for key, person_id in named.items()
        if person_id in outsiders
    ]
    if errors:
        raise InvalidInput(errors[0].detail, errors=errors)


def _change(before: Task, after: Task) -> Change:
    return Change(
        type=TASK_UPDATED,
        resource_id=after.id,
        version=after.version,
        data=after,
        changes=changed_fields(before, after),
        workspace_id=after.workspace_id,
        project_id=after.project_id,
    )
