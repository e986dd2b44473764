"""The one reader of the log for all open streams of a process.

It reads new events once, knows which of the connected people may see them, and queues each event, encoded once, for
those. While nobody is connected it asks nothing.
"""

import math
import time
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NoReturn

from taskyard.contracts.project import WORKSPACE_UPDATED
from taskyard.kit.database import Database
from taskyard.kit.loops import keep_running
from taskyard.kit.principal import weak_id
from taskyard.kit.problems import Unavailable
from taskyard.kit.signals import Signal
from taskyard.notification.models.events import Ending, LoggedEvent, LogPart, Place, Reader
from taskyard.notification.queries import events as event_queries
from taskyard.notification.queries import readers as reader_queries
from taskyard.notification.queries.readers import Whereabouts
from taskyard.notification.streams.audience import Audience
from taskyard.notification.streams.crowd import Crowd
from taskyard.notification.streams.frames import Encoded
from taskyard.notification.streams.given import Given
from taskyard.notification.streams.openings import Openings, place_readers
from taskyard.notification.streams.subscription import Subscription

BATCH = 200
POLL = 0.5
SESSIONS_EVERY = 2.0
"""Seconds between two looks for revoked credentials, unless somebody says that there are some."""
LONGEST_STREAM = 3600.0
"""Seconds; then a stream ends in order and the client resumes it with a fresh credential."""
HEARTBEAT_SECONDS = 15.0
BEATS_AT_ONCE = 200
"""Signs of life between two looks at the log, so that thousands of idle streams do not delay an event."""
REVOKED = Ending(4401, "session_revoked")
CHANGED = Ending(4401, "credential_changed")
LOST = Ending(4403, "access_lost")
DEMANDED = Ending(4403, "mfa_required")
RESTART = Ending(1012, "service_restart")


class EventHub:
    """Feeds the streams of this process. ``wake`` only spares waiting for the next poll."""

    def __init__(self, database: Database, wake: Signal) -> None:
        self.database = database
        self.crowd = Crowd()
        self._wake = wake
        self._audience = Audience(database)
        self._given = Given(database)
        self._openings = Openings(database, self._given)
        self._place: Place | None = None
        self._sessions_checked_at = -math.inf
        self._times_checked_at = 0.0
        self._closed = False

    async def run(self) -> NoReturn:
        """Feed the streams until cancelled; survives outages of PostgreSQL while they stay open."""
        await keep_running("event hub", self._step)

    def look_for_revoked(self) -> None:
        """Credentials were revoked: end their streams at the next step, half a second away at most."""
        self._sessions_checked_at = -math.inf

    def close(self) -> None:
        """End every stream and take no more, so that a shutdown does not wait for them."""
        self._closed = True
        for stream in self.crowd:
            stream.end(RESTART)

    @asynccontextmanager
    async def subscribed(
        self, reader: Reader, credential_ends_at: float | None
    ) -> AsyncIterator[tuple[Subscription, Place]]:
        """A place among the streams, and where the log ends. Raises Unavailable, TooManyStreams and NoSuchProject.

        What is placed behind that end is queued; whatever PostgreSQL is asked afterwards sees at least all before it.
        """
        if self._closed:
            raise Unavailable("The service is shutting down.")
        subscription = Subscription(reader, credential_ends_at, time.time() + LONGEST_STREAM)
        self.crowd.enter(subscription)
        try:
            head = await self._openings.open(subscription)
            if self._given.holds(reader.access_id):
                subscription.interrupt()  # what was placed before that was known was queued for others alone
            if self._place is None:
                self._place = head
                self._wake.notify()
            yield subscription, head
        finally:
            self.crowd.leave(subscription)

    async def _step(self) -> None:
        """Distribute one batch, or wait for events."""
        seen = self._wake.count
        self._look_at_the_time()
        await self._end_revoked()
        if not self.crowd:
            self._place = None
            self._audience.forget()
            self._given.forget()
        elif self._place is not None and await self._advance(self._place):
            return
        await self._wake.wait(POLL, seen=seen)

    async def _advance(self, place: Place) -> bool:
        """Queue the events after a place; whether there may be more."""
        part = await event_queries.list_log(self.database, place.position, BATCH)
        if not place.is_known_to(part.head):
            self._place = part.head
            await self._given.renew(self.crowd.people)
            for stream in self.crowd:
                stream.interrupt()
            return False
        if not part.events:
            return False
        await self._distribute(part)
        self._place = Place(part.head.epoch, part.events[-1].item.position)
        return len(part.events) == BATCH

    async def _distribute(self, part: LogPart) -> None:
        """Queue the events of one batch for those who may see them at this moment."""
        places = {where for event in part.events if (where := _whereabouts(event)) is not None}
        await self._follow_demands(part)
        await self._follow_access({workspace_id for workspace_id, _ in places})
        for stream in self.crowd.of_people(await self._given.follow(part.events, self.crowd.people)):
            stream.interrupt()
        told = await self._given.told(part.events, self.crowd.people)
        viewers = await self._audience.viewers(places, self.crowd.people, self.crowd.number)
        for event in part.events:
            encoded: Encoded | None = None
            for stream in self.crowd.hearing(event.item.project_id, _people(event, viewers, told)):
                if stream.reader.wants(event.item.type, event.item.project_id):
                    encoded = encoded or Encoded(part.head.epoch, event.item)
                    stream.put(encoded)

    async def _follow_demands(self, part: LogPart) -> None:
        """End streams of sign-ins without a second factor where a workspace asks for one from now on.

        Their clients would otherwise hear nothing more of it and not know why; resumed, they go on with the rest.
        """
        items = [event.item for event in part.events if event.item.type == WORKSPACE_UPDATED]
        asking = {item.workspace_id for item in items if item.workspace_id and "require_mfa" in item.changes}
        if not asking:
            return
        shut_out = await reader_queries.list_shut_out(self.database, list(asking), list(self.crowd.people))
        for stream in self.crowd.of_people(shut_out):
            if stream.reader.project_ids is None or not stream.workspace_ids.isdisjoint(asking):
                stream.end(DEMANDED)

    async def _follow_access(self, workspace_ids: set[str]) -> None:
        """Where access has changed, drop what is queued for who lost some of it, and end streams that lost all."""
        changed = await self._audience.changed(workspace_ids)
        if not changed:
            return
        limited = [stream for stream in self.crowd.limited() if not stream.workspace_ids.isdisjoint(changed)]
        await place_readers(self.database, limited)
        losers = await self._audience.renew(changed, self.crowd.people)
        for stream in self.crowd.of_people(losers | self._given.holders(changed.keys())):
            stream.interrupt()
        for stream in limited:
            if not stream.workspace_ids:
                stream.end(LOST)

    def _look_at_the_time(self) -> None:
        """End what has expired, and send signs of life to those who heard nothing for a while."""
        now = time.monotonic()
        if now - self._times_checked_at < POLL:
            return
        self._times_checked_at = now
        beats, unix = 0, time.time()
        for stream in self.crowd:
            stream.end_in_time(unix)
            if now - stream.sent_at >= HEARTBEAT_SECONDS and beats < BEATS_AT_ONCE:
                stream.beat()
                beats += 1

    async def _end_revoked(self) -> None:
        """End the streams of who was signed out, and of keys, accounts and clients that ended or were changed."""
        now = time.monotonic()
        if not self.crowd or now - self._sessions_checked_at < SESSIONS_EVERY:
            return
        self._sessions_checked_at = now  # before asking, so that a word that comes meanwhile counts
        opened: dict[str, datetime] = {}
        for stream in self.crowd:
            credential_id = stream.reader.session_id
            if credential_id:
                opened[credential_id] = min(opened.get(credential_id, stream.opened_at), stream.opened_at)
        if not opened:
            return
        revoked = set(await reader_queries.list_revoked(self.database, list(opened)))
        changed = set(await reader_queries.list_changed(self.database, opened))
        for stream in self.crowd:
            if stream.reader.session_id in revoked:
                stream.end(REVOKED)
            elif stream.reader.session_id in changed:
                stream.end(CHANGED)


def _whereabouts(event: LoggedEvent) -> Whereabouts | None:
    """Where one must be allowed to look to see an event; None when that does not matter."""
    item = event.item
    if item.workspace_id is None or (event.audience_id is not None and item.project_id is None):
        return None
    return item.workspace_id, item.project_id


def _people(event: LoggedEvent, viewers: dict[Whereabouts, set[str]], told: dict[int, set[str]]) -> AbstractSet[str]:
    """Who may see an event, by access id; an audience narrows and never widens what a project or a grant allows."""
    where = _whereabouts(event)
    allowed = set[str]() if where is None else viewers[where]
    if event.item.position in told:
        allowed = allowed | told[event.item.position]
    if event.audience_id is None:
        return allowed
    audience = {event.audience_id, weak_id(event.audience_id)}
    return audience if where is None else audience & allowed
