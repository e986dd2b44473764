"""The words of the notification service: places in the log, events as clients see them, who reads them."""

from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.notification import Reason
from taskyard.kit.changelog import FieldChange

Folder: TypeAlias = Literal["inbox", "snoozed", "archived"]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone; answered in UTC.")]


class Place(NamedTuple):
    """A place in the change log, written ``<epoch>:<position>``; another epoch is another history."""

    epoch: int
    position: int

    def __str__(self) -> str:
        """The form in which clients keep and return it."""
        return f"{self.epoch}:{self.position}"


class Ending(NamedTuple):
    """Why a stream is over: the code with which a WebSocket closes, and one word."""

    code: int
    reason: str


class EventItem(msgspec.Struct, frozen=True):
    """A change as clients see it: ``data`` is the resource after it, ``changes`` its fields before and after."""

    position: int
    type: str
    resource_id: str
    workspace_id: str | None
    project_id: str | None
    version: int
    actor_id: str | None
    at: datetime
    origin: str
    data: msgspec.Raw
    changes: dict[str, FieldChange]


class EventPage(msgspec.Struct, frozen=True):
    """Events in order. ``next_cursor`` is the ``after`` of the next page, null when there is no more at present."""

    items: list[EventItem]
    next_cursor: str | None
    epoch: int


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


MuteKind: TypeAlias = Literal["task", "project"]


class Mute(msgspec.Struct, frozen=True):
    """A task or project of which somebody is told nothing, whatever the reason."""

    kind: MuteKind
    subject_id: str
    since: datetime


Delivery: TypeAlias = Literal["now", "digest", "off"]
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)", description="By the person's clock.")]


class Channels(msgspec.Struct, frozen=True):
    """How somebody is told for one reason: at once, with the next digest, or not."""

    inbox: Delivery
    mail: Delivery


class ChannelsPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A change of it."""

    inbox: Delivery | UnsetType = UNSET
    mail: Delivery | UnsetType = UNSET


class QuietHours(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When no mail leaves for somebody; over midnight when ``start`` is later than ``end``."""

    start: ClockTime
    end: ClockTime


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose; a reason that is missing has its default."""

    reasons: dict[Reason, Channels] = {}
    quiet_hours: QuietHours | None = None
    digest_at: ClockTime = "08:00"

    def channels(self, reason: Reason) -> Channels:
        """How they are told for a reason."""
        return self.reasons.get(reason, DEFAULTS[reason])


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is told, for each reason. Hours are those of ``time_zone``, which is the profile's."""

    reasons: dict[Reason, Channels]
    quiet_hours: QuietHours | None
    digest_at: ClockTime
    time_zone: str
    version: int


class PreferencesPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of preferences: absent fields stay, null clears."""

    reasons: dict[Reason, ChannelsPatch] | UnsetType = UNSET
    quiet_hours: QuietHours | UnsetType | None = UNSET
    digest_at: ClockTime | UnsetType = UNSET


DEFAULTS: dict[Reason, Channels] = {
    "assigned": Channels("now", "now"),
    "mentioned": Channels("now", "now"),
    "commented": Channels("now", "digest"),
    "status_changed": Channels("now", "digest"),
    "invited": Channels("now", "now"),
    "due_soon": Channels("now", "now"),
    "overdue": Channels("now", "now"),
}


class MailJob(msgspec.Struct, frozen=True):
    """The one mail that a job sends, and to whom."""

    mail_id: str
    person_id: str


class MailLine(msgspec.Struct, frozen=True):
    """One notification as a mail tells it; what it does not have is empty."""

    reason: Reason
    actor_id: str | None
    workspace: str
    project: str
    key: str
    title: str
    due_on: date | None
    due_at: datetime | None


class UnreadCount(msgspec.Struct, frozen=True):
    """How many notifications in the inbox are unread."""

    unread: int


class Snooze(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Until when a notification is put away."""

    until: Instant


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads events, and how far the credential and the filters of the request narrow that; None does not narrow.

    A reader who is limited to projects sees only events of those projects, none of workspaces or accounts.
    """

    person_id: str
    session_id: str = ""
    """The session or the API key, with which the stream ends."""
    project_ids: frozenset[str] | None = None
    types: frozenset[str] | None = None

    def wants(self, kind: str, project_id: str | None) -> bool:
        """Whether an event passes the limits; whether the person may see it is for the access relation to say."""
        in_projects = self.project_ids is None or project_id in self.project_ids
        return in_projects and (self.types is None or kind in self.types)


class LoggedEvent(msgspec.Struct, frozen=True):
    """An event with the one person it is meant for, if it is."""

    item: EventItem
    audience_id: str | None


class EventsSeen(msgspec.Struct, frozen=True):
    """What a reader may see after a place: complete up to ``until``, while the log ends at ``head``."""

    until: Place
    head: Place
    items: list[EventItem]


class LogPart(msgspec.Struct, frozen=True):
    """A part of the log as it is, for whoever distributes it."""

    head: Place
    events: list[LoggedEvent]
