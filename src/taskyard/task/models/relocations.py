"""Tasks that go to another project, and what they find there."""

import msgspec

from taskyard.contracts.fields import FieldValue
from taskyard.task.models.moves import Move
from taskyard.task.models.tasks import Task

MOST_PARTS = 200
"""How many tasks go together: one, and all that are parts of it."""


class LeftOut(msgspec.Struct, frozen=True):
    """What of a task found no place in the other project."""

    assignee_ids: list[str]
    parent_id: str | None
    label_ids: list[str]
    milestone_id: str | None
    iteration_id: str | None
    custom: dict[str, FieldValue]


class RelocatedTask(Task, frozen=True):
    """A task in its new project, with what found no place there; its parts went along."""

    left_out: LeftOut


class ArrivalState(msgspec.Struct, frozen=True):
    """A state of the other project, and what decides whether a task may begin there in it."""

    key: str
    is_default: bool
    move: Move
