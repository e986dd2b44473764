"""The rules of a task's fields, the same for creating and for changing."""

from datetime import UTC, datetime

from taskyard.contracts.task import TaskSnapshot
from taskyard.kit.problems import FieldError, InvalidInput, invalid

FINISHED = frozenset({"done", "cancelled"})
"""The categories of states in which a task counts as completed."""

_OWN = "cf."
"""What the name of a field of the project's own begins with."""


def in_utc(pointer: str, at: datetime | None) -> datetime | None:
    """An instant in UTC. Raises InvalidInput for one outside the years 1 to 9999 there."""
    if at is None:
        return None
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise invalid(pointer, "This instant is out of range.") from None


def require_one_due(task: TaskSnapshot) -> None:
    """A task is due on a day or at an instant, never both."""
    if task.due_on is not None and task.due_at is not None:
        errors = [FieldError(f"/{name}", "Give due_on or due_at, not both.") for name in ("due_on", "due_at")]
        raise InvalidInput("A task is due on a day or at an instant, not both.", errors=errors)


def require_state(status: str | None, category: str | None) -> str:
    """The status, if the project has such a state. Raises InvalidInput."""
    if status is None or category is None:
        raise invalid("/status", "The project has no such state.")
    return status


def require_insiders(assignee_ids: list[str], outsider_ids: list[str]) -> None:
    """Only who sees the project can be given its tasks. Raises InvalidInput naming each place."""
    detail = "This person does not see the project."
    outside = set(outsider_ids)
    errors = [FieldError(f"/assignee_ids/{n}", detail) for n, one in enumerate(assignee_ids) if one in outside]
    if errors:
        raise InvalidInput("Not every assignee sees the project.", errors=errors)


def require_filled(task: TaskSnapshot, names: list[str]) -> None:
    """A transition may ask for fields to be filled. Raises InvalidInput naming each that is empty."""
    errors = [
        FieldError(_pointer(name), "The workflow asks for this before the task goes there.")
        for name in names
        if not _is_filled(task, name)
    ]
    if errors:
        raise InvalidInput("The workflow asks for more before the task goes there.", errors=errors)


def _pointer(name: str) -> str:
    if name.startswith(_OWN):
        return f"/custom/{name.removeprefix(_OWN)}"
    return "/due_on" if name == "due" else f"/{name}"


def _is_filled(task: TaskSnapshot, name: str) -> bool:
    if name == "due":
        return task.due_on is not None or task.due_at is not None
    value = task.custom.get(name.removeprefix(_OWN)) if name.startswith(_OWN) else getattr(task, name)
    return value not in (None, "", [])


def completed_at(category: str, before: datetime | None, now: datetime) -> datetime | None:
    """When a task in a state of this category was completed; moving between finished states keeps it."""
    return (before or now) if category in FINISHED else None
