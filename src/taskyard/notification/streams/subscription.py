"""What one open stream has yet to send: bounded in events and in bytes."""

import time
from collections import deque
from collections.abc import Callable

from taskyard.kit import clock
from taskyard.notification.models.events import Ending, Reader
from taskyard.notification.streams.frames import Encoded

QUEUE_EVENTS = 256
QUEUE_BYTES = 256 * 1024
EXPIRED = Ending(4401, "credential_expired")
TOO_OLD = Ending(1001, "stream_too_old")


def _nobody() -> None:
    """Nobody follows yet, or any more."""


class Subscription:
    """A reader's queue of encoded events, which it shares with other readers of the same.

    When it overflows it is emptied and the stream reads PostgreSQL again from where it is, so a slow reader costs
    little and loses nothing.
    """

    __slots__ = (
        *("_bytes", "_is_beat_due", "_queue", "credential_ends_at", "ending", "must_replay"),
        *("on_change", "oldest_at", "opened_at", "reader", "sent_at", "workspace_ids"),
    )

    def __init__(self, reader: Reader, credential_ends_at: float | None, oldest_at: float) -> None:
        self.reader = reader
        self.credential_ends_at = credential_ends_at
        self.oldest_at = oldest_at
        self.opened_at = clock.now()
        self.workspace_ids: frozenset[str] = frozenset()
        """Where the projects are that it is limited to."""
        self.must_replay = False
        """Whether events are missing here that only PostgreSQL has."""
        self.ending: Ending | None = None
        """Why it is over, if it is."""
        self.on_change: Callable[[], None] = _nobody
        self.sent_at = time.monotonic()
        """When something was sent last, on the monotonic clock."""
        self._is_beat_due = False
        self._queue: deque[Encoded] = deque()
        self._bytes = 0

    @property
    def has_work(self) -> bool:
        """Whether there is anything to send, or to be looked for."""
        return bool(self._queue) or self.must_replay or self._is_beat_due or self.ending is not None

    def end(self, ending: Ending) -> None:
        """End the stream; the first reason counts."""
        self.ending = self.ending or ending
        self.on_change()

    def end_in_time(self, now: float) -> None:
        """End the stream when its credential has expired (Unix seconds) or it has been open for long."""
        if self.credential_ends_at is not None and now >= self.credential_ends_at:
            self.end(EXPIRED)
        elif now >= self.oldest_at:
            self.end(TOO_OLD)

    def put(self, event: Encoded) -> None:
        """Queue an event, or give up queueing until the stream has replayed."""
        if self.must_replay:
            return
        if len(self._queue) >= QUEUE_EVENTS or (self._queue and self._bytes + event.size > QUEUE_BYTES):
            self.interrupt()
            return
        self._queue.append(event)
        self._bytes += event.size
        self.on_change()

    def interrupt(self) -> None:
        """Forget what is queued; the stream finds it in PostgreSQL."""
        self._clear()
        self.must_replay = True
        self.on_change()

    def resume(self) -> None:
        """Queue from now on. To be called before the replay reads, so that nothing falls in between."""
        self._clear()
        self.must_replay = False

    def take(self, after: int) -> list[Encoded]:
        """All that is queued behind a position."""
        taken = [event for event in self._queue if event.place.position > after]
        self._clear()
        return taken

    def beat(self) -> None:
        """Ask for a sign of life."""
        self._is_beat_due = True
        self.on_change()

    def take_beat(self) -> bool:
        """Whether a sign of life was asked for."""
        due, self._is_beat_due = self._is_beat_due, False
        return due

    def _clear(self) -> None:
        self._queue.clear()
        self._bytes = 0
