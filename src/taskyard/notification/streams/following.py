"""One stream from its first to its last byte: what was missed from PostgreSQL, then live, without hole or repeat.

A stream with nothing to send has no task, no timer and no buffer: it costs its connection.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from taskyard.kit.problems import Unavailable
from taskyard.notification.models.events import Ending, EventsSeen, Place
from taskyard.notification.queries.events import list_events_seen
from taskyard.notification.streams.frames import Encoded
from taskyard.notification.streams.hub import EventHub
from taskyard.notification.streams.subscription import Subscription

OUTAGE_PAUSE = 1.0
REPLAY_LIMIT = 50
REPLAY_BYTES = 256 * 1024
REPLAYS_AT_ONCE = 4
"""Of a process: a crowd that reconnects waits here instead of taking every database connection."""
BROKEN = Ending(1011, "internal_error")

_replays = asyncio.Semaphore(REPLAYS_AT_ONCE)


class Sink(Protocol):
    """Where a stream goes: an event stream or a WebSocket. What it cannot take yet, it waits for."""

    async def send_events(self, events: Sequence[Encoded]) -> None:
        """Events in their order."""

    async def send_reset(self, place: Place) -> None:
        """The log was restored or has lost its end; the stream goes on from a place that there is."""

    async def send_heartbeat(self) -> None:
        """A sign of life."""

    async def send_end(self, ending: Ending) -> None:
        """The last word: why it is over."""


class Follower:
    """Sends one subscription's events from a place on."""

    def __init__(self, hub: EventHub, subscription: Subscription, place: Place, sink: Sink) -> None:
        self._database = hub.database
        self._subscription = subscription
        self._place = place
        self._sink = sink
        self._sending: asyncio.Task[None] | None = None

    def start(self, head: Place) -> None:
        """Send whatever there is, and from now on whatever comes; ``head`` is where the log ended meanwhile."""
        if self._place != head:
            self._subscription.interrupt()
        self._subscription.on_change = self._wake
        if self._subscription.has_work:
            self._wake()

    async def stop(self) -> None:
        """Send nothing more. Raises what went wrong in sending, if that is a bug."""
        self._subscription.on_change = lambda: None
        if self._sending is not None:
            self._sending.cancel()
            [outcome] = await asyncio.gather(self._sending, return_exceptions=True)
            if isinstance(outcome, Exception):
                raise outcome

    def _wake(self) -> None:
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send_all())

    async def _send_all(self) -> None:
        subscription = self._subscription
        try:
            while subscription.ending is None and subscription.has_work:
                await self._send_some()
                subscription.sent_at = time.monotonic()
        except OSError:
            return  # the client is gone, and whoever listens to it will notice
        except Exception:
            await self._sink.send_end(BROKEN)
            raise
        if subscription.ending is not None:
            await self._sink.send_end(subscription.ending)
        else:
            self._sending = None

    async def _send_some(self) -> None:
        """The most urgent: what was missed, what is new, or a sign of life."""
        if self._subscription.must_replay:
            await self._replay()
        elif events := self._subscription.take(self._place.position):
            self._place = events[-1].place
            await self._sink.send_events(events)
        elif self._subscription.take_beat():
            await self._sink.send_heartbeat()

    async def _replay(self) -> None:
        """Everything up to the head of the log; what is placed meanwhile waits in the queue."""
        self._subscription.resume()
        while self._subscription.ending is None:
            try:
                head, events = await self._read()
            except Unavailable:
                self._subscription.interrupt()
                await asyncio.sleep(OUTAGE_PAUSE)
                await self._sink.send_heartbeat()
                return
            if not self._place.is_known_to(head):
                self._place = head
                await self._sink.send_reset(head)
                return
            if events:
                await self._sink.send_events(events)
            if self._place == head or self._subscription.must_replay:
                return

    async def _read(self) -> tuple[Place, list[Encoded]]:
        """The next events from where the stream is, as many as may wait in memory, and where the log ends."""
        async with _replays:
            reader = self._subscription.reader
            seen = await list_events_seen(self._database, reader, self._place.position, REPLAY_LIMIT)
        if not self._place.is_known_to(seen.head):
            return seen.head, []
        events, is_whole = _within_bounds(seen)
        self._place = seen.until if is_whole else events[-1].place
        return seen.head, events


def _within_bounds(seen: EventsSeen) -> tuple[list[Encoded], bool]:
    """The first events, at least one and no more than may wait in memory; and whether these are all."""
    events, size = list[Encoded](), 0
    for item in seen.items:
        event = Encoded(seen.until.epoch, item)
        size += event.size
        if events and size > REPLAY_BYTES:
            return events, False
        events.append(event)
    return events, True
