"""Labels: what tasks of a project are marked with."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

LabelName = Annotated[str, Meta(min_length=1, max_length=60)]
Color = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}(?!\n)$", description="As in CSS, lower case: #1f6feb.")]
Group = Annotated[
    str, Meta(min_length=1, max_length=60, description="A task has at most one label of a group; upper case is lower.")
]
MOST_LABELS = 1_000


class NewLabel(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A label to be made."""

    name: LabelName
    color: Color = "#6e7781"
    group: Group | None = None


class LabelPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a label. Tasks that have two of what becomes one group keep them until changed."""

    name: LabelName | UnsetType = UNSET
    color: Color | UnsetType = UNSET
    group: Group | UnsetType | None = UNSET


class Label(msgspec.Struct, frozen=True):
    """A mark for tasks of a project."""

    id: str
    workspace_id: str
    project_id: str
    name: str
    color: str
    group: str | None
    created_at: datetime
    updated_at: datetime
    version: int
