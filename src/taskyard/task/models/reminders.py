"""What people want to be reminded of."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from taskyard.contracts.task import ReminderSnapshot
from taskyard.task.models.tasks import Instant

MOST_REMINDERS = 20
FARTHEST = timedelta(days=5 * 366)
REMIND = "remind"


class Reminder(ReminderSnapshot, frozen=True):
    """A reminder as the person sees whose it is."""


class NewReminder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When to be reminded of a task."""

    remind_at: Annotated[Instant, Meta(description="RFC 3339, with a time zone; ahead, by five years at most.")]


class Reminding(msgspec.Struct, frozen=True):
    """The payload of the job that reminds."""

    workspace_id: str
    reminder_id: str
