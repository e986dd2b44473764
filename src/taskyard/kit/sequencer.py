"""The sequencer: gives committed events their place in the one order all consumers read.

An event's id says when it was inserted, not when it became visible, so nobody may read by it. One
process at a time (a lease) moves what is visible from the queue to the next positions, in a short
transaction that holds the head row (``log.place_events``): two leaders, one of them late, cannot interleave.
See docs/decisions/0006-change-log-and-sequencer.md.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from taskyard.kit.database import Database
from taskyard.kit.leases import Lease, Leases
from taskyard.kit.loops import keep_running
from taskyard.kit.problems import OutcomeUnknown, Unavailable
from taskyard.kit.queries import changelog as queries
from taskyard.kit.signals import Signal

LEASE = "sequencer"
LEASE_DURATION = timedelta(seconds=3)
RENEW_EVERY = 1.0
STANDBY_PAUSE = 0.5
BATCH = 1000
# Events written together share one transaction, and one look of each consumer: the more of them there are, the longer.
GATHER, GATHER_WHEN_BUSY = 0.004, 0.02
MANY = 4
BUSY_POLL = 0.02
BUSY_FOR = 2.0
IDLE_POLL = 0.25

_log = structlog.get_logger()


class Sequencer:
    """Places events while it holds the lease; ``placed`` is told the last position after each COMMIT."""

    def __init__(self, database: Database, leases: Leases, wake: Signal, placed: Callable[[int], None]) -> None:
        self._database = database
        self._leases = leases
        self._wake = wake
        self._placed = placed
        self.leads = False
        """Whether this process holds the lease, so that its own writers need not tell others."""
        self._pause = BUSY_POLL
        self._placed_at = 0.0

    async def run(self) -> None:
        """Lead whenever nobody else does, until cancelled; survives restarts of PostgreSQL."""
        await keep_running("sequencer", self._lead_if_free)

    async def place(self) -> int:
        """Place one batch of what is visible now; how many events that was."""
        placed, last_position = await queries.place_events(self._database, BATCH)
        if placed:
            self._placed(last_position)
        return placed

    async def _lead_if_free(self) -> None:
        lease = await self._leases.acquire(LEASE, LEASE_DURATION)
        if lease is None:
            await asyncio.sleep(STANDBY_PAUSE)
            return
        _log.info("sequencer_leads", number=lease.number)
        self.leads = True
        try:
            await self._lead(lease)
            _log.warning("sequencer_lost_its_lease", number=lease.number)
        finally:
            self.leads = False
            await self._release(lease)

    async def _lead(self, lease: Lease) -> None:
        renewed_at = time.monotonic()
        while True:
            if time.monotonic() - renewed_at > RENEW_EVERY:
                if not await self._leases.renew(lease, LEASE_DURATION):
                    return
                renewed_at = time.monotonic()
            await self._place_and_wait()

    async def _place_and_wait(self) -> None:
        seen = self._wake.count
        placed = await self.place()
        if placed:
            self._placed_at = time.monotonic()
            self._pause = BUSY_POLL
            await asyncio.sleep(GATHER_WHEN_BUSY if placed >= MANY else GATHER)
            return
        if not await self._wake.wait(self._pause, seen=seen) and time.monotonic() - self._placed_at > BUSY_FOR:
            self._pause = min(self._pause * 2, IDLE_POLL)

    async def _release(self, lease: Lease) -> None:
        try:
            async with asyncio.timeout(1):
                await self._leases.release(lease)
        except (Unavailable, OutcomeUnknown, TimeoutError) as error:
            _log.info("lease_left_to_expire", lease=lease.name, number=lease.number, error=repr(error))
