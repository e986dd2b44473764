"""Refused requests, counted in memory and handed on once a minute: an attack must not write the audit trail full.

A request pays for one look into a dict. However many are refused by however many, a process hands on a bounded number
of counts each minute; what a process that is killed has not handed on is in its log alone.
"""

from datetime import datetime

import msgspec

from taskyard.contracts.refusals import RefusalBook, Refused
from taskyard.kit import clock
from taskyard.kit.principal import Principal
from taskyard.kit.problems import Unavailable

REFUSED = frozenset({403, 429})
MOST_CALLERS = 200
"""In one minute and process. Whoever comes later is counted together with others."""


class Caller(msgspec.Struct, frozen=True):
    """Who was refused what: one count."""

    actor_id: str | None
    is_person: bool
    address: str
    status: int
    service: str


class _Count(msgspec.Struct):
    since: datetime
    count: int = 0
    request_id: str = ""


class Refusals:
    """Counts, and hands on what it counted."""

    def __init__(self, book: RefusalBook) -> None:
        self._book = book
        self._counts: dict[Caller, _Count] = {}

    def note(self, caller: Caller, request_id: str) -> None:
        """Count a refused request."""
        if caller not in self._counts and len(self._counts) >= MOST_CALLERS:
            caller = Caller(None, False, "", caller.status, caller.service)  # noqa: FBT003 - nobody in particular
        count = self._counts.setdefault(caller, _Count(clock.now()))
        count.count += 1
        count.request_id = request_id

    async def hand_on(self) -> None:
        """Tell what was counted so far; it is kept for later when nobody answers."""
        taken, self._counts = self._counts, {}
        if not taken:
            return
        told = [
            Refused(**msgspec.structs.asdict(caller), **msgspec.structs.asdict(count))
            for caller, count in taken.items()
        ]
        try:
            await self._book.keep_refusals(refusals=told)
        except Unavailable:
            self._take_back(taken)

    def _take_back(self, taken: dict[Caller, _Count]) -> None:
        """Add counts that nobody took to those of now; in time they are those of nobody in particular."""
        for caller, before in taken.items():
            known = caller in self._counts or len(self._counts) < MOST_CALLERS
            key = caller if known else Caller(None, False, "", caller.status, caller.service)  # noqa: FBT003 - as above
            count = self._counts.setdefault(key, _Count(before.since, request_id=before.request_id))
            count.count += before.count
            count.since = min(count.since, before.since)


def caller_of(principal: Principal | None, address: str, status: int, service: str) -> Caller:
    """Who was refused: somebody who signed in, wherever they were, or an address."""
    if principal is None:
        return Caller(None, False, address, status, service)  # noqa: FBT003 - no person
    return Caller(principal.id, principal.kind == "person", address, status, service)
