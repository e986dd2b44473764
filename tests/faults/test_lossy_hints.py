"""Drill 13: 30 % of what is published never arrives, and streams are whole within 10 seconds all the same."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import pytest

from taskyard.kit.database import Database
from taskyard.kit.signals import Signal
from taskyard.notification.models.events import Place
from taskyard.notification.queries.events import list_log
from taskyard.notification.streams import EventHub
from tests.faults.continuity import list_breaks, position
from tests.faults.lossy_hints import LossyHints
from tests.journeys.people import Someone
from tests.journeys.sockets import Line
from tests.journeys.stack import Stack, running
from tests.journeys.stream import Stream
from tests.journeys.valkey import Valkey
from tests.notification.company import Company
from tests.notification.door import Door

SHARE = 0.3
PATIENCE = 10.0
CHANGES = 150


@pytest.mark.slow
def test_streams_are_whole_when_a_third_of_the_hints_is_lost(tmp_path: Path) -> None:
    valkey = Valkey()
    valkey.start()
    port = httpx.URL(valkey.url).port or 0
    with LossyHints(port, SHARE) as hints, running(Stack(tmp_path / "home", "split", redis_url=hints.url)) as stack:
        with closing(Someone(stack, "Ann")) as ann:
            told, heard, logged = tell(ann)
        assert stack.stop() == 0
    valkey.stop()
    assert hints.dropped > CHANGES / 10
    assert hints.passed > hints.dropped
    assert list_breaks(told, logged) == []
    assert list_breaks(heard, logged) == []


def tell(ann: Someone) -> tuple[list[str], list[str], list[str]]:
    """The places a stream and a WebSocket told of some changes, and those the log has."""
    project = ann.project(ann.workspace()["id"])["id"]
    with Stream(ann) as stream, Line(ann) as line:
        places = [ann.client.get("/api/v1/events").headers["Taskyard-Position"]]
        for number in range(CHANGES):
            ann.post("/tasks", {"project_id": project, "title": f"Task {number}"})
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and created(stream.events) < CHANGES:
            time.sleep(0.05)
        while time.monotonic() < deadline and len(line.messages) <= CHANGES:
            time.sleep(0.05)
        start = position(places[0])
        told = [place for place, _, _ in stream.events if position(place) > start]
        heard = [message["id"] for message in line.messages if position(message.get("id", "0:0")) > start]
    epoch = places[0].partition(":")[0]
    page = ann.get("/events", after=start, limit=200)
    return told, heard, [f"{epoch}:{item['position']}" for item in page["items"]]


def created(events: Sequence[tuple[str, str, object]]) -> int:
    return sum(kind == "task.created.v1" for _, kind, _ in events)


class LossySignal(Signal):
    """A wake-up that is lost now and then."""

    def __init__(self) -> None:
        super().__init__()
        self._chance = Random(7)  # noqa: S311 - chance drops hints here

    def notify(self) -> None:
        if self._chance.random() >= SHARE:
            super().notify()


class TrustingHub(EventHub):
    """The mutant: it takes each hint for the event itself, and looks at what is newest."""

    async def _advance(self, place: Place) -> bool:
        part = await list_log(self.database, place.position, 200)
        if part.events:
            newest = part.events[-1].item.position
            return await super()._advance(Place(place.epoch, newest - 1))
        return False


@pytest.fixture
def wake() -> Signal:
    return LossySignal()


@pytest.mark.parametrize("kind", [EventHub, TrustingHub])
async def test_the_checker_sees_a_hub_that_trusts_hints(
    databases: dict[str, Database], company: Company, wake: Signal, kind: type[EventHub]
) -> None:
    hub = kind(databases["notification"], wake)
    door = Door(databases["notification"], hub)
    task = asyncio.create_task(hub.run())
    start = await company.head()
    async with door.stream(company.colleague) as stream:
        for _ in range(30):
            await asyncio.gather(company.announce(), company.announce())
            await company.place()
        logged = [
            str(item["position"]) for item in await door.items(company.colleague, f"/events?after={start}&limit=200")
        ]
        await asyncio.sleep(1.5)
        told = [place.rpartition(":")[2] for place, _, _ in stream.frames]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (list_breaks(told, logged) == []) is (kind is EventHub)


def test_the_checker_sees_every_kind_of_break() -> None:
    assert list_breaks(["1:1", "1:2"], ["1:1", "1:2"]) == []
    assert list_breaks(["1:1"], ["1:1", "1:2"]) == ["hole: 1:2"]
    assert list_breaks(["1:1", "1:1"], ["1:1"]) == ["repeated: 1"]
    assert list_breaks(["1:2", "1:1"], ["1:1", "1:2"]) == ["out of order: 1 after 2"]
    assert list_breaks(["1:1", "1:3"], ["1:1"]) == ["of nowhere: 1:3"]


def test_the_proxy_drops_messages_and_nothing_else() -> None:
    message = b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n"
    other = b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
    hints = LossyHints(0, 1.0)
    assert hints.sift(other + message + b"+OK\r\n") == (other + b"+OK\r\n", b"")
    assert hints.sift(message[:-3]) == (b"", message[:-3])
    assert LossyHints(0, 0.0).sift(message) == (message, b"")
