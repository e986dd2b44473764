"""Drill 18: all streams come back at once. The short form; `make bench-realtime` does it with 2,000 after a kill."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from taskyard.kit.database import Database
from taskyard.notification.queries.events import list_events_seen
from taskyard.notification.streams import following
from tests.faults.continuity import list_breaks
from tests.notification.company import Company
from tests.notification.door import Door, OpenStream

STREAMS = 400
MISSED = 12
BAR_SECONDS = 30.0


class Crowding:
    """How many replays asked PostgreSQL at once, at most."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.most = self._now = 0
        self._ask = list_events_seen
        monkeypatch.setattr(following, "list_events_seen", self._counted)

    async def _counted(self, *args: Any) -> Any:
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            return await self._ask(*args)
        finally:
            self._now -= 1


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("is_mutant", [False, True])
async def test_a_crowd_that_reconnects_is_served_in_turns(
    company: Company,
    door: Door,
    databases: dict[str, Database],
    monkeypatch: pytest.MonkeyPatch,
    is_mutant: bool,  # noqa: FBT001 - from the list above
) -> None:
    if is_mutant:
        monkeypatch.setattr(following, "_replays", asyncio.Semaphore(STREAMS))
    crowding = Crowding(monkeypatch)
    people = [await company.invite() for _ in range(STREAMS // 40)]
    start = await company.head()
    for _ in range(MISSED):
        await company.announce()
    await company.place()
    logged = [str(item["position"]) for item in await door.items(company.boss, f"/events?after={start}&limit=200")]
    began = time.monotonic()
    async with AsyncExitStack() as open_streams:
        opening = (door.stream(people[number % len(people)], last_event_id=start) for number in range(STREAMS))
        streams = await asyncio.gather(*(open_streams.enter_async_context(stream) for stream in opening))
        assert len(await door.items(company.boss, "/events?limit=1")) == 1  # others are served meanwhile
        await asyncio.gather(*(whole(stream) for stream in streams))
        assert time.monotonic() - began < BAR_SECONDS
        assert [fault for stream in streams for fault in list_breaks(places(stream), logged)] == []
    pool = databases["notification"].pool
    assert (crowding.most <= following.REPLAYS_AT_ONCE < pool.size) is not is_mutant


def places(stream: OpenStream) -> list[str]:
    return [place.rpartition(":")[2] for place, _, _ in stream.frames]


async def whole(stream: OpenStream) -> None:
    """Until it has told all that was missed."""
    await stream.until(lambda: len(stream.frames) >= MISSED, BAR_SECONDS)
