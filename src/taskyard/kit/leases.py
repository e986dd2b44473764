"""Leases: one process at a time does a piece of work that would be wasteful to do twice.

A lease saves work, it does not make work correct: a holder that was stopped past its lease believes
it still has it. Whatever is written under a lease is fenced by something in the same transaction.
"""

import os
import socket
from datetime import timedelta

import msgspec

from taskyard.kit.database import Database
from taskyard.kit.queries import leases as queries


class Lease(msgspec.Struct, frozen=True):
    """A right to do ``name`` until it expires; ``number`` is higher than every earlier holder's."""

    name: str
    number: int


class Leases:
    """The dealings of this process with ``log.leases``, under the sequencer's role and by the database's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = f"{socket.gethostname()}:{os.getpid()}"

    async def acquire(self, name: str, duration: timedelta) -> Lease | None:
        """Take the lease if nobody holds it; None while somebody, even in this process, does."""
        number = await queries.acquire_lease(self._database, name, self._holder, duration)
        return None if number is None else Lease(name, number)

    async def renew(self, lease: Lease, duration: timedelta) -> bool:
        """Hold the lease for another ``duration`` from now; False when it is lost to another holder."""
        return await queries.renew_lease(self._database, lease.name, lease.number, duration)

    async def release(self, lease: Lease) -> None:
        """Let the next one have the lease at once; harmless when it is lost already."""
        await queries.release_lease(self._database, lease.name, lease.number)
