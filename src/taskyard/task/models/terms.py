"""What a project lays down about what its tasks have of it."""

from typing import Literal, TypeAlias

import msgspec

from taskyard.contracts.fields import FieldDefinition, FieldValue
from taskyard.contracts.task import Priority


class KnownLabel(msgspec.Struct, frozen=True):
    """A label that the project has, and its group."""

    id: str
    group: str | None


class Terms(msgspec.Struct, frozen=True):
    """The labels that were asked about and exist, all fields of the project's own, and its plans."""

    labels: list[KnownLabel]
    fields: list[FieldDefinition]
    has_milestone: bool
    """Whether there is the milestone that was asked about."""
    iteration_state: str | None
    """The state of the iteration that was asked about; None when there is none."""


NO_TERMS = Terms([], [], has_milestone=False, iteration_state=None)
"""Those of a project that is not there."""


class Template(msgspec.Struct, frozen=True):
    """What a new task begins with: what of a template the project still has."""

    description: str
    priority: Priority
    label_ids: list[str]
    estimate: float | None
    custom: dict[str, FieldValue]


FORGET_PART = "forget_part"
"""The job that takes from tasks what their project no longer has."""

PartKind: TypeAlias = Literal["label", "field", "milestone", "iteration", "closed_iteration"]


class Forgotten(msgspec.Struct, frozen=True):
    """What the job FORGET_PART is about, by its id, or a field by its key.

    A closed iteration is taken from open tasks only, which get its successor instead, if it has one.
    """

    workspace_id: str
    project_id: str
    kind: PartKind
    name: str
    successor_id: str | None = None
