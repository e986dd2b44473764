"""Where the change log ended a moment ago, for whoever shows snapshots or follows it.

A snapshot that is read after its place in the log has everything up to there, and whoever follows the log from there
misses nothing. An older place is as good: it only repeats what the snapshot already has. So nobody needs to ask the
database for it in each request (docs/decisions/0025-position-of-a-snapshot.md).

It is also the one who looks on behalf of all consumers of a process: what nobody told it of, it tells them.
"""

import asyncio

from taskyard.kit.database import Database
from taskyard.kit.problems import Unavailable
from taskyard.kit.queries.changelog import find_head
from taskyard.kit.signals import Signal

LEAST_PAUSE = 0.1
POLL = 0.5


class HeadWatch:
    """Knows a place at the end of the log or shortly before, never one beyond what is committed."""

    def __init__(self, database: Database, wake: Signal) -> None:
        self._database = database
        self._wake = wake
        self._header: bytes | None = None
        self._was_told = False
        self._is_unsure = False
        """Whether the others were told of some of what is new, but perhaps not of all."""

    def header(self) -> bytes | None:
        """The place as ``<epoch>:<position>``; None before the first look."""
        return self._header

    async def look(self) -> None:
        """Read it now. Raises Unavailable."""
        epoch, position = await find_head(self._database)
        self._header = b"%d:%d" % (epoch, position)

    async def look_first(self) -> None:
        """Read it before the first request; without a database it is known later."""
        try:
            await self.look()
        except Unavailable:
            return

    async def look_again(self) -> None:
        """Read it, tell who follows the log of what is new, then wait until there is more or a while has passed."""
        seen, before = self._wake.count, self._header
        await self.look()
        has_grown = self._header != before
        if self._was_told:
            self._is_unsure = self._is_unsure or has_grown
        elif has_grown or self._is_unsure:
            self._is_unsure = False
            self._wake.notify()
            seen = self._wake.count
        await asyncio.sleep(LEAST_PAUSE)
        self._was_told = await self._wake.wait(POLL, seen=seen)
