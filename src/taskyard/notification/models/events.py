"""Places in the log, events as clients see them, and who reads them."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from taskyard.kit.changelog import FieldChange


class Place(NamedTuple):
    """A place in the change log, written ``<epoch>:<position>``; another epoch is another history."""

    epoch: int
    position: int

    def __str__(self) -> str:
        """The form in which clients keep and return it."""
        return f"{self.epoch}:{self.position}"

    def is_known_to(self, head: "Place") -> bool:
        """Whether a log that ends at ``head`` has this place. One that lost its end has not, in whichever epoch."""
        return self.epoch == head.epoch and self.position <= head.position


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


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads events, and how far the credential and the filters of the request narrow that; None does not narrow.

    A reader who is limited to projects sees only events of those projects, none of workspaces or accounts.
    """

    access_id: str
    person_id: str = ""
    """Whose access id that is."""
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
