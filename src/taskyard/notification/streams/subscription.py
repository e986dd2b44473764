"""What one open stream has yet to send: bounded in events and in bytes."""

import asyncio
import time
from collections import deque

from taskyard.notification.models import Reader

QUEUE_EVENTS = 256
QUEUE_BYTES = 512 * 1024


class Subscription:
    """A reader's queue of encoded events.

    When it overflows it is emptied and the stream reads PostgreSQL again from where it is, so a
    slow reader costs little and loses nothing.
    """

    def __init__(self, reader: Reader, ends_at: float) -> None:
        self.reader = reader
        self.must_replay = True
        """Whether events are missing here that only PostgreSQL has."""
        self._ends_at = ends_at
        self._ended = False
        self._queue: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the stream is over: shutdown, a revoked session, or a credential that has expired."""
        return self._ended or time.time() >= self._ends_at

    def end(self) -> None:
        """End the stream at once."""
        self._ended = True
        self._changed.set()

    def put(self, position: int, frame: bytes) -> None:
        """Queue an event, or give up queueing until the stream has replayed."""
        if self.must_replay:
            return
        if len(self._queue) >= QUEUE_EVENTS or (self._queue and self._bytes + len(frame) > QUEUE_BYTES):
            self.interrupt()
            return
        self._queue.append((position, frame))
        self._bytes += len(frame)
        self._changed.set()

    def interrupt(self) -> None:
        """Forget what is queued; the stream finds it in PostgreSQL."""
        self._clear()
        self.must_replay = True
        self._changed.set()

    def resume(self) -> None:
        """Queue from now on. To be called before the replay reads, so that nothing falls in between."""
        self._clear()
        self.must_replay = False

    def take(self) -> list[tuple[int, bytes]]:
        """All that is queued, with positions."""
        taken = list(self._queue)
        self._clear()
        return taken

    async def wait(self, seconds: float) -> bool:
        """Wait until there is something to do; False when nothing came in time."""
        try:
            async with asyncio.timeout(max(0.0, min(seconds, self._ends_at - time.time()))):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def _clear(self) -> None:
        self._queue.clear()
        self._bytes = 0
