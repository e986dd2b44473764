"""How long people worked on a task."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.task import TimeEntrySnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Footing
from taskyard.task.models.tasks import Instant

MOST_SECONDS = 31 * 24 * 3600
Seconds = Annotated[int, Meta(ge=1, le=MOST_SECONDS, description="At most 31 days.")]
LONGEST_NOTE = 1000
Note = Annotated[str, Meta(max_length=LONGEST_NOTE, description="What was done.")]


class TimeEntry(TimeEntrySnapshot, frozen=True):
    """An entry as clients see it; ``seconds`` is null while its timer runs."""


class NewTimeEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Time that was spent, told afterwards."""

    started_at: Instant
    seconds: Seconds
    note: Note = ""


class TimeEntryPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of an entry; ``seconds`` of a running timer come by stopping it."""

    started_at: Instant | UnsetType = UNSET
    seconds: Seconds | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class TimerStart(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What somebody begins to work on."""

    task_id: Id
    note: Note = ""


class LockedEntry(msgspec.Struct, frozen=True):
    """An entry locked for change, with what decides whether it may be changed."""

    entry: TimeEntry
    footing: Footing


class PersonTotal(msgspec.Struct, frozen=True):
    """How long one person worked on a task."""

    person_id: str
    seconds: int


class TimeTotals(msgspec.Struct, frozen=True):
    """How long a task took so far; running timers count when they are stopped."""

    task_id: str
    seconds: int
    people: list[PersonTotal]
