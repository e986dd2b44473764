"""What a project lays down about the labels and fields of its tasks."""

from typing import Literal

import msgspec

from taskyard.contracts.fields import FieldDefinition


class KnownLabel(msgspec.Struct, frozen=True):
    """A label that the project has, and its group."""

    id: str
    group: str | None


class Terms(msgspec.Struct, frozen=True):
    """The labels that were asked about and exist, and all fields of the project's own."""

    labels: list[KnownLabel]
    fields: list[FieldDefinition]


FORGET_PART = "forget_part"
"""The job that takes from tasks what their project no longer has."""


class Forgotten(msgspec.Struct, frozen=True):
    """What the job FORGET_PART is about: a label by its id, or a field by its key."""

    workspace_id: str
    project_id: str
    kind: Literal["label", "field"]
    name: str
