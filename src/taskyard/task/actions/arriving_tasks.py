"""Tasks that come from elsewhere with all that they had there: no workflow and no limit of a state holds for them."""

import msgspec

from taskyard.contracts.fields import FieldValue, checked_value
from taskyard.kit.problems import InvalidInput, invalid
from taskyard.kit.ranks import rank_of
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions.fields import FINISHED, in_utc, require_one_due, require_state
from taskyard.task.models.arrivals import ArrivingTask, StoredTask, Surroundings
from taskyard.task.models.tasks import Task


def arriving_task(
    names: tuple[str, str, str], data: dict[str, object], around: Surroundings, notes: list[str]
) -> StoredTask:
    """The task that is told of; ``names`` are the workspace, its project and its id. Raises InvalidInput.

    What the project does not have is left out and told in the notes.
    """
    told = _told(data)
    category = require_state(told.status, around.categories.get(told.status))
    finished_at = told.completed_at or told.updated_at
    task = Task(
        id=names[2],
        workspace_id=names[0],
        project_id=names[1],
        key=f"{around.key}-{told.number}",
        number=told.number,
        title=clean_line("/title", told.title),
        description=clean_text("/description", told.description),
        status=told.status,
        priority=told.priority,
        assignee_ids=_insiders(told.assignee_ids, around, notes),
        parent_id=told.parent_id,
        label_ids=[one for one in dict.fromkeys(told.label_ids) if _has("label", one, around, notes)],
        milestone_id=_part("milestone", told.milestone_id, around, notes),
        iteration_id=_part("iteration", told.iteration_id, around, notes),
        start_on=told.start_on,
        due_on=told.due_on,
        due_at=in_utc("/due_at", told.due_at),
        estimate=None if told.estimate is None else round(told.estimate, 2),
        custom=_values(told, around, notes),
        created_by=told.created_by,
        created_at=in_utc("/created_at", told.created_at) or told.created_at,
        updated_at=in_utc("/updated_at", told.updated_at) or told.updated_at,
        completed_at=in_utc("/completed_at", finished_at) if category in FINISHED else None,
        archived_at=in_utc("/archived_at", told.archived_at),
        version=1,
    )
    require_one_due(task)
    return StoredTask(task, told.rank or rank_of(told.number))


def _told(data: dict[str, object]) -> ArrivingTask:
    try:
        return msgspec.convert(data, ArrivingTask)
    except msgspec.ValidationError as error:
        raise invalid("/task", str(error)) from None


def _insiders(person_ids: list[str], around: Surroundings, notes: list[str]) -> list[str]:
    outside = [one for one in person_ids if one not in around.insiders]
    notes.extend("An assignee does not see the project and was left out." for _ in outside)
    return [one for one in dict.fromkeys(person_ids) if one in around.insiders]


def _has(kind: str, part_id: str, around: Surroundings, notes: list[str]) -> bool:
    is_there = part_id in around.part_ids[kind]
    if not is_there:
        notes.append(f"The project does not have its {kind}, which was left out.")
    return is_there


def _part(kind: str, part_id: str | None, around: Surroundings, notes: list[str]) -> str | None:
    return part_id if part_id is not None and _has(kind, part_id, around, notes) else None


def _values(told: ArrivingTask, around: Surroundings, notes: list[str]) -> dict[str, FieldValue]:
    """The values that the project's fields take; others are left out, as a task can have kept them from before."""
    values: dict[str, FieldValue] = {}
    for key, value in told.custom.items():
        field = around.fields.get(key)
        try:
            if value is None or field is None:
                raise invalid(f"/custom/{key}", "The project has no field with this key.")
            if field.kind == "person" and value not in around.insiders:
                raise invalid(f"/custom/{key}", "This person does not see the project.")
            values[key] = checked_value(f"/custom/{key}", field, value)
        except InvalidInput as refusal:
            notes.append(f"The value of {key} was left out: {refusal.detail}")
    return values
