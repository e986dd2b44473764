"""The one reader of the log for all open streams of a process.

It reads new events once, asks once which of the connected people may see them, and queues each
event, encoded once, for those. While nobody is connected it asks nothing.
"""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NoReturn

from taskyard.kit.database import Database
from taskyard.kit.loops import keep_running
from taskyard.kit.problems import Unavailable
from taskyard.kit.queries.changelog import find_head
from taskyard.kit.signals import Signal
from taskyard.notification.errors import TooManyStreams
from taskyard.notification.models import LoggedEvent, Place, Reader
from taskyard.notification.queries import events as event_queries
from taskyard.notification.queries import readers as reader_queries
from taskyard.notification.queries.readers import Whereabouts
from taskyard.notification.streams.frames import event_frame
from taskyard.notification.streams.subscription import Subscription

BATCH = 200
POLL = 0.5
SESSIONS_EVERY = 2.0
STREAMS_PER_PERSON = 50


class EventHub:
    """Feeds the streams of this process. ``wake`` only spares waiting for the next poll."""

    def __init__(self, database: Database, wake: Signal) -> None:
        self.database = database
        self._wake = wake
        self._streams: dict[str, set[Subscription]] = {}
        self._place: Place | None = None
        self._sessions_checked_at = 0.0
        self._closed = False

    async def run(self) -> NoReturn:
        """Feed the streams until cancelled; survives outages of PostgreSQL while they stay open."""
        await keep_running("event hub", self._step)

    def close(self) -> None:
        """End every stream and take no more, so that a shutdown does not wait for them."""
        self._closed = True
        for stream in self._all():
            stream.end()

    @asynccontextmanager
    async def subscribed(self, reader: Reader, ends_at: float) -> AsyncIterator[tuple[Subscription, Place]]:
        """A place among the streams, and where the log ends. Raises Unavailable and TooManyStreams.

        Whatever PostgreSQL is asked afterwards sees at least all that the hub will not queue.
        """
        subscription = self._enter(reader, ends_at)
        try:
            head = Place(*await find_head(self.database))
            if self._place is None:
                self._place = head
            yield subscription, head
        finally:
            self._leave(subscription)

    def _enter(self, reader: Reader, ends_at: float) -> Subscription:
        if self._closed:
            raise Unavailable("The service is shutting down.")
        streams = self._streams.setdefault(reader.person_id, set())
        if len(streams) >= STREAMS_PER_PERSON:
            raise TooManyStreams(headers={"Retry-After": "60"})
        subscription = Subscription(reader, ends_at)
        streams.add(subscription)
        return subscription

    def _leave(self, subscription: Subscription) -> None:
        streams = self._streams[subscription.reader.person_id]
        streams.discard(subscription)
        if not streams:
            del self._streams[subscription.reader.person_id]

    def _all(self) -> Iterable[Subscription]:
        return [stream for streams in self._streams.values() for stream in streams]

    async def _step(self) -> None:
        """Distribute one batch, or wait for events."""
        seen = self._wake.count
        if not self._streams:
            self._place = None
        elif self._place is not None and await self._advance(self._place):
            return
        await self._end_revoked()
        await self._wake.wait(POLL, seen=seen)

    async def _advance(self, place: Place) -> bool:
        """Queue the events after a place; whether there may be more."""
        part = await event_queries.list_log(self.database, place.position, BATCH)
        if part.head.epoch != place.epoch:
            self._place = part.head
            for stream in self._all():
                stream.interrupt()
            return False
        if not part.events:
            return False
        viewers = await self._viewers(part.events)
        for event in part.events:
            self._dispatch(part.head.epoch, event, viewers)
        self._place = Place(part.head.epoch, part.events[-1].item.position)
        return len(part.events) == BATCH

    async def _viewers(self, events: list[LoggedEvent]) -> dict[Whereabouts, set[str]]:
        """Who of the connected may see which place at this moment."""
        wanted = {where for event in events if (where := _whereabouts(event)) is not None}
        viewers: dict[Whereabouts, set[str]] = {}
        if wanted:
            for where, person_id in await reader_queries.list_viewers(self.database, list(wanted), list(self._streams)):
                viewers.setdefault(where, set()).add(person_id)
        return viewers

    def _dispatch(self, epoch: int, event: LoggedEvent, viewers: dict[Whereabouts, set[str]]) -> None:
        item, frame = event.item, b""
        for person_id in _people(event, viewers):
            for stream in self._streams.get(person_id, ()):
                if stream.reader.wants(item.type, item.project_id):
                    frame = frame or event_frame(epoch, item)
                    stream.put(item.position, frame)

    async def _end_revoked(self) -> None:
        """End the streams of people who were signed out."""
        sessions = {stream.reader.session_id for stream in self._all()} - {""}
        if not sessions or time.monotonic() - self._sessions_checked_at < SESSIONS_EVERY:
            return
        revoked = set(await reader_queries.list_revoked(self.database, list(sessions)))
        self._sessions_checked_at = time.monotonic()
        for stream in self._all():
            if stream.reader.session_id in revoked:
                stream.end()


def _whereabouts(event: LoggedEvent) -> Whereabouts | None:
    """Where one must be allowed to look to see an event; None when that does not matter."""
    item = event.item
    if item.workspace_id is None or (event.audience_id is not None and item.project_id is None):
        return None
    return item.workspace_id, item.project_id


def _people(event: LoggedEvent, viewers: dict[Whereabouts, set[str]]) -> set[str]:
    """The connected people who may see an event; an audience narrows and never widens what a project allows."""
    where = _whereabouts(event)
    if event.audience_id is None:
        return set() if where is None else viewers.get(where, set())
    audience = {event.audience_id}
    return audience if where is None else audience & viewers.get(where, set())
