"""Open streams: complete, in order, authorised at every moment, bounded, and over when they should be."""

import asyncio
import time

import msgspec
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal, weak_id
from taskyard.kit.problems import Unavailable
from taskyard.notification.models.events import EventItem, Reader
from taskyard.notification.streams import EventHub, following
from taskyard.notification.streams import subscription as subscription_module
from taskyard.notification.streams.frames import Encoded
from tests.notification.company import AT, Company
from tests.notification.door import Door, arrived

pytestmark = pytest.mark.usefixtures("running")


async def test_an_event_arrives_live_in_the_documented_form(company: Company, door: Door) -> None:
    async with door.stream(company.colleague) as stream:
        a = await company.announce()
        await company.place()
        await arrived(stream, a)
        [(name, kind, data)] = stream.frames
        assert (name, kind) == (await company.head(), "task.updated.v1")
        assert data == (await door.items(company.colleague, "/events?limit=200"))[-1]
        assert stream.text.startswith("retry: 2000\n\n")
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-store", "no")


async def test_the_colleague_hears_of_the_assignment(company: Company, door: Door) -> None:
    async with door.stream(company.colleague, "type=notification.created.v1") as stream:
        task_id = await company.assign(company.colleague)
        await company.listen()
        await stream.until(lambda: bool(stream.frames))
        assert stream.frames[0][2]["data"]["task_id"] == task_id


async def test_live_events_reach_those_who_may_see_them(company: Company, door: Door) -> None:
    people = (company.boss, company.colleague, company.guest, company.stranger)
    streams = [door.stream(person) for person in people]
    boss, colleague, guest, stranger = [await stream.__aenter__() for stream in streams]
    a = await company.announce()
    b = await company.announce(project_id=company.secret_project)
    c = await company.announce("member.added.v1", project_id=None)
    d = await company.announce(audience_id=company.stranger, project_id=None, workspace_id=None)
    e = await company.announce(audience_id=company.guest)
    await company.announce(audience_id=company.stranger)
    await company.announce(project_id=None, workspace_id=None)
    last = await company.announce()
    await company.place()
    await arrived(boss, a, b, c, last)
    await arrived(colleague, a, c, last)
    await arrived(guest, a, e, last)
    await arrived(stranger, d)
    for stream in streams:
        await stream.__aexit__(None, None, None)


async def test_removed_member_gets_nothing_more(company: Company, door: Door) -> None:
    async with door.stream(company.colleague) as leaver, door.stream(company.boss) as boss:
        a = await company.announce()
        await company.place()
        await arrived(leaver, a)
        await company.remove(company.colleague)
        b = await company.announce()
        await company.place()
        await arrived(boss, a, b)
        await arrived(leaver, a)
    async with door.stream(company.colleague, last_event_id="0") as again:
        await asyncio.sleep(0.1)
        assert again.resources == []


async def test_what_waits_for_a_removed_member_is_dropped(company: Company, door: Door) -> None:
    async with door.stream(company.colleague) as leaver, door.stream(company.boss) as boss:
        leaver.may_read.clear()
        sent = [await company.announce()]  # it sticks in the connection; what follows must be queued
        await company.place()
        await arrived(boss, *sent)
        sent.append(await company.announce())
        await company.place()
        await arrived(boss, *sent)
        await company.remove(company.colleague)
        sent.append(await company.announce())
        await company.place()
        await arrived(boss, *sent)
        leaver.may_read.set()
        await arrived(leaver, sent[0])
        await asyncio.sleep(0.2)
        assert leaver.resources == sent[:1]


async def test_filters_and_limits_hold_for_live_events(company: Company, door: Door) -> None:
    limited = Principal(id=company.boss, project_ids=frozenset({company.project}))
    query = f"project_id={company.secret_project}&type=task.deleted.v1"
    async with door.stream(company.boss, query) as one, door.stream(limited) as two:
        await company.announce("task.deleted.v1", project_id=None)
        a = await company.announce("task.deleted.v1")
        b = await company.announce("task.deleted.v1", project_id=company.secret_project)
        await company.announce(project_id=company.secret_project)
        await company.place()
        await arrived(one, b)
        await arrived(two, a)


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_resumed_stream_has_no_hole_and_no_repeat(company: Company, door: Door, by_header: bool) -> None:  # noqa: FBT001 - from the list above
    start = await company.head()
    written: list[str] = []

    async def write() -> None:
        for _ in range(40):
            written.append(await company.announce())
            await company.place()

    writing = [asyncio.create_task(write()) for _ in range(3)]
    seen: list[str] = []
    place = start
    while len(seen) < 120:
        resume = {"last_event_id": place} if by_header else {"query": f"after={place}"}
        async with door.stream(company.colleague, **resume) as stream:
            before, wanted = len(seen), min(len(seen) + 17, 120)
            await stream.until(lambda: len(stream.resources) >= wanted - before, 20)  # noqa: B023 - is over in this turn
            seen += stream.resources
            place = stream.frames[-1][0]
    await asyncio.gather(*writing)
    everything = await in_the_log(door, company, start)
    assert seen == everything
    assert sorted(seen) == sorted(written)


async def in_the_log(door: Door, company: Company, start: str) -> list[str]:
    return [item["resource_id"] for item in await door.items(company.colleague, f"/events?after={start}&limit=200")]


async def test_a_slow_reader_is_bounded_and_complete(
    company: Company, door: Door, hub: EventHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_module, "QUEUE_EVENTS", 8)
    async with door.stream(company.colleague) as slow, door.stream(company.boss) as quick:
        slow.may_read.clear()
        written = [await company.announce()]  # it sticks in the connection; what follows must be queued
        await company.place()
        await arrived(quick, *written)
        written += [await company.announce() for _ in range(60)]
        await company.place()
        await arrived(quick, *written)
        [held] = hub.crowd.of_people([weak_id(company.colleague)])
        assert (len(held._queue), held.must_replay) == (0, True)
        slow.may_read.set()
        await arrived(slow, *written)


def encoded(position: int, text: str) -> Encoded:
    """An event with something to say."""
    data = msgspec.Raw(msgspec.json.encode(text))
    return Encoded(1, EventItem(position, "a.b.v1", new_id(), None, None, 1, None, AT, "api", data, {}))


def test_a_queue_is_bounded_in_bytes() -> None:
    queue = subscription_module.Subscription(Reader(access_id=new_id()), None, time.time() + 60)
    for position in range(3):
        queue.put(encoded(position, "x" * 200_000))
    assert (queue.take(0), queue.must_replay) == ([], True)


async def test_streams_outlive_an_outage(
    company: Company, door: Door, hub: EventHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "OUTAGE_PAUSE", 0.02)
    async with door.stream(company.colleague) as stream, door.stream(company.boss) as boss:
        with pytest.MonkeyPatch.context() as outage:
            outage.setattr(hub.database, "fetch", unavailable)
            [subscription] = hub.crowd.of_people([weak_id(company.colleague)])
            subscription.interrupt()
            a = await company.announce()
            await company.place()
            await stream.until(lambda: ": heartbeat" in stream.text)
        await arrived(stream, a)
        await arrived(boss, a)


async def unavailable(*_: object) -> None:
    """What asking PostgreSQL gives while it is away."""
    raise Unavailable
