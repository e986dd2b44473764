"""Tasks that are made again and again: what clients send and get."""

from datetime import date, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.fields import MOST_FIELDS, FieldKey, FieldValue
from taskyard.contracts.task import Priority, RecurrenceSnapshot, RecurringTask
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Footing
from taskyard.task.models.tasks import AssigneeIds, Description, Estimate, LabelIds, Status, Title

RECUR = "recur"
MOST_RECURRENCES = 200
FARTHEST_START = timedelta(days=10 * 366)

RuleText = Annotated[
    str, Meta(min_length=1, max_length=200, description="An RRULE of RFC 5545, such as `FREQ=MONTHLY;BYMONTHDAY=31`.")
]
LocalTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](?!\n)$", description="`HH:MM`, local time.")]
ZoneName = Annotated[str, Meta(max_length=64, description="The IANA name of a time zone; your own unless given.")]
Values = Annotated[dict[FieldKey, FieldValue], Meta(max_length=MOST_FIELDS, description="Values of the project's own.")]
DueInDays = Annotated[int, Meta(ge=0, le=366, description="Days from its day to that on which it is due.")]


class Recurrence(RecurrenceSnapshot, frozen=True):
    """A recurrence as clients see it."""


class RecurringTaskOf(RecurringTask, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What each task begins with, as clients give it."""

    title: Title
    description: Description = ""
    status: Status | None = None
    priority: Priority = "none"
    assignee_ids: AssigneeIds = msgspec.field(default_factory=list)
    label_ids: LabelIds = msgspec.field(default_factory=list)
    estimate: Estimate | None = None
    custom: Values = msgspec.field(default_factory=dict)
    due_in_days: DueInDays | None = None


class NewRecurrence(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A task to be made on each day of a rule."""

    project_id: Id
    rule: RuleText
    starts_on: Annotated[date, Meta(description="From when on the rule counts: not in the past.")]
    at: LocalTime = "00:00"
    time_zone: ZoneName | None = None
    task: RecurringTaskOf


class RecurrencePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a recurrence; what stood in ``task`` is replaced as a whole."""

    rule: RuleText | UnsetType = UNSET
    at: LocalTime | UnsetType = UNSET
    time_zone: ZoneName | UnsetType = UNSET
    task: RecurringTaskOf | UnsetType = UNSET


class Day(msgspec.Struct, frozen=True):
    """A day on which a recurrence will make its task."""

    on: date
    at: Annotated[str, Meta(description="RFC 3339, in UTC.")]


class Recurring(msgspec.Struct, frozen=True):
    """The payload of the job that makes the task of one day."""

    workspace_id: str
    recurrence_id: str
    on: date


class LockedRecurrence(msgspec.Struct, frozen=True):
    """A recurrence with what decides whether it may be changed."""

    recurrence: Recurrence
    footing: Footing


Turn = Literal["pause", "resume"]
