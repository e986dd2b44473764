"""The small steps of a task."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.task import ChecklistItemSnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Footing
from taskyard.task.models.tasks import Title

MOST_ITEMS = 200
After = Annotated[Id, Meta(description="The item of the same list that comes right before it; null: it comes first.")]


class ChecklistItem(ChecklistItemSnapshot, frozen=True):
    """A step as clients see it; items sort by the bytes of their ``rank``."""


class NewChecklistItem(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A step to be added, at the end unless it says where."""

    title: Title
    after_id: After | UnsetType | None = UNSET


class ChecklistItemPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a step; ``after_id`` moves it."""

    title: Title | UnsetType = UNSET
    is_done: bool | UnsetType = UNSET
    after_id: After | UnsetType | None = UNSET


class LockedItem(msgspec.Struct, frozen=True):
    """A step of a locked list, with what decides whether it may be changed."""

    item: ChecklistItem
    footing: Footing
