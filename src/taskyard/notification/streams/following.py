"""One stream from its first to its last byte: what was missed from PostgreSQL, then live, without hole or repeat."""

import asyncio
from collections.abc import AsyncIterator

from taskyard.kit.problems import Unavailable
from taskyard.notification.models import EventsSeen, Place
from taskyard.notification.queries.events import list_events_seen
from taskyard.notification.streams.frames import HEARTBEAT, RETRY, event_frame, reset_frame
from taskyard.notification.streams.hub import EventHub
from taskyard.notification.streams.subscription import Subscription

HEARTBEAT_SECONDS = 15.0
OUTAGE_PAUSE = 1.0
REPLAY_LIMIT = 50
REPLAYS_AT_ONCE = 4
"""Of a process: a crowd that reconnects waits here instead of taking every database connection."""

_replays = asyncio.Semaphore(REPLAYS_AT_ONCE)


class Follower:
    """Sends one subscription's events from a place on."""

    def __init__(self, hub: EventHub, subscription: Subscription, place: Place) -> None:
        self._database = hub.database
        self._subscription = subscription
        self._place = place

    async def frames(self) -> AsyncIterator[bytes]:
        """The bytes of the stream until it ends; a comment whenever nothing else was sent for a while."""
        subscription = self._subscription
        yield RETRY
        while not subscription.ended:
            if subscription.must_replay:
                async for frame in self._replay():
                    yield frame
            elif frame := self._queued():
                yield frame
            elif not await subscription.wait(HEARTBEAT_SECONDS):
                yield HEARTBEAT

    async def _replay(self) -> AsyncIterator[bytes]:
        """Everything up to the head of the log; what is placed meanwhile waits in the queue."""
        self._subscription.resume()
        while not self._subscription.ended:
            try:
                seen = await self._read()
            except Unavailable:
                self._subscription.interrupt()
                await asyncio.sleep(OUTAGE_PAUSE)
                yield HEARTBEAT
                return
            if seen.head.epoch != self._place.epoch:
                self._place = seen.head
                yield reset_frame(seen.head)
                return
            self._place = seen.until
            for item in seen.items:
                yield event_frame(seen.until.epoch, item)
            if seen.until == seen.head:
                return

    async def _read(self) -> EventsSeen:
        async with _replays:
            reader = self._subscription.reader
            return await list_events_seen(self._database, reader, self._place.position, REPLAY_LIMIT)

    def _queued(self) -> bytes:
        """What is queued and was not sent by the replay, in one piece."""
        fresh = [(position, frame) for position, frame in self._subscription.take() if position > self._place.position]
        if fresh:
            self._place = Place(self._place.epoch, fresh[-1][0])
        return b"".join(frame for _, frame in fresh)
