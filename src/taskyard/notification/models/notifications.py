"""What people are told about, and what they do with it."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Folder: TypeAlias = Literal["inbox", "snoozed", "archived"]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone; answered in UTC.")]


class ReadAll(msgspec.Struct, frozen=True):
    """How many notifications were marked as read."""

    read: int


class Subject(msgspec.Struct, frozen=True):
    """What people are told about, and whose doing it was."""

    workspace_id: str
    project_id: str | None
    task_id: str | None
    comment_id: str | None = None
    actor_id: str | None = None


class UnreadCount(msgspec.Struct, frozen=True):
    """How many notifications in the inbox are unread."""

    unread: int


class Snooze(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Until when a notification is put away."""

    until: Instant
