"""How much is worked on at once: what comes beyond it waits a little in line, or is refused at once.

More work at once makes nothing faster, only everything later. A burst may take a moment to be worked off; a line that
has stood for seconds is more than can be done, and then nobody waits longer than it takes to say so. What matters more
is let in first, and what matters less may never take all places.
"""

import asyncio
from collections import deque
from typing import TypeAlias

from taskyard.gateway.routes import Rank
from taskyard.kit import metrics
from taskyard.kit.problems import Unavailable

BURST_SECONDS = 2.0
"""The longest wait while a burst is worked off; a line that has stood for longer is no burst."""
STANDING_SECONDS = 0.04
"""The longest wait in a line that is no burst."""
_LOOK_SECONDS = 0.01
_LINE_LENGTH = 16
"""How many wait for each place at most."""

_Waiter: TypeAlias = tuple["asyncio.Future[None]", float]


class Overloaded(Unavailable):
    """More is asked for than can be done right now; try again shortly."""


class Places:
    """The places of one process, ``size`` of them for ordinary requests."""

    def __init__(self, size: int) -> None:
        self.in_use = 0
        """Requests that are worked on."""
        self.waiting = 0
        """Requests in line."""
        self._limits = {
            Rank.ESSENTIAL: size + max(1, size // 4),
            Rank.WORK: size,
            Rank.LISTS: max(1, size * 3 // 4),
            Rank.BULK: max(1, size // 2),
        }
        self.for_all = self._limits[Rank.BULK]
        """While fewer are in use everybody is let in, so that nobody needs to know a request's rank."""
        self._most = size * _LINE_LENGTH
        self._lines: dict[Rank, deque[_Waiter]] = {rank: deque() for rank in Rank}
        self._standing_since = 0.0
        self._looking: asyncio.TimerHandle | None = None
        metrics.open_shed(rank.name.lower() for rank in Rank)

    async def take(self, rank: Rank) -> None:
        """Take a place; ``give_back`` follows. Raises Overloaded."""
        if self.in_use < self._limits[rank]:  # whoever waits matters less, or would have it
            self.in_use += 1
            return
        if self.is_full_for(rank):
            raise refusal(rank)
        if self.is_full:
            self._send_away_one_below(rank)
        await self._wait(rank)

    def give_back(self) -> None:
        """Leave a place to who waits for it."""
        self.in_use -= 1
        if self.waiting:
            self._let_in()

    @property
    def is_full(self) -> bool:
        """Whether the line is as long as it may be."""
        return self.waiting >= self._most

    def is_full_for(self, rank: Rank) -> bool:
        """Whether the line is as long as it may be, and nobody in it matters less."""
        return self.is_full and not any(self._lines[other] for other in Rank if other > rank)

    async def _wait(self, rank: Rank) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if not self.waiting:
            self._standing_since = loop.time()
        self._lines[rank].append((future, loop.time()))
        self.waiting += 1
        if self._looking is None:
            self._looking = loop.call_later(_LOOK_SECONDS, self._look)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.give_back()
            raise

    def _let_in(self) -> None:
        for rank, line in self._lines.items():
            if self.in_use >= self._limits[rank]:
                return
            while line:
                future, _ = line.popleft()
                self.waiting -= 1
                if not future.done():
                    self.in_use += 1
                    future.set_result(None)
                    return

    def _look(self) -> None:
        """Send away those who have waited for too long; one timer looks after all, because one for each costs more."""
        loop = asyncio.get_running_loop()
        is_burst = loop.time() - self._standing_since < BURST_SECONDS
        came_before = loop.time() - (BURST_SECONDS if is_burst else STANDING_SECONDS)
        for rank, line in self._lines.items():
            while line and (line[0][1] < came_before or line[0][0].done()):
                self._send_away(rank, line.popleft())
        self._looking = loop.call_later(_LOOK_SECONDS, self._look) if self.waiting else None

    def _send_away_one_below(self, rank: Rank) -> None:
        """Make room in the line: whoever matters least, and of those who came last."""
        least = max(other for other, line in self._lines.items() if line and other > rank)
        self._send_away(least, self._lines[least].pop())

    def _send_away(self, rank: Rank, waiter: _Waiter) -> None:
        self.waiting -= 1
        if not waiter[0].done():
            waiter[0].set_exception(refusal(rank))


def refusal(rank: Rank) -> Overloaded:
    """How a request is refused, which is counted."""
    metrics.count_shed(rank.name.lower())
    return Overloaded()
