"""Open streams: complete, in order, authorised at every moment, bounded, and over when they should be."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import Unavailable
from taskyard.notification.models import Reader
from taskyard.notification.streams import EventHub, following
from taskyard.notification.streams import hub as hub_module
from taskyard.notification.streams import subscription as subscription_module
from tests.notification.company import AT, Company
from tests.notification.door import Door, OpenStream


@pytest.fixture(autouse=True)
async def running(hub: EventHub) -> AsyncIterator[None]:
    task = asyncio.create_task(hub.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def arrived(stream: OpenStream, *resources: str) -> None:
    """Exactly these, in this order, and nothing else shortly after."""
    await stream.until(lambda: len(stream.resources) >= len(resources))
    assert stream.resources == list(resources)


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
async def test_a_resumed_stream_has_no_hole_and_no_repeat(company: Company, door: Door, by_header: bool) -> None:  # noqa: FBT001
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
            await stream.until(lambda: len(stream.resources) >= wanted - before, 20)  # noqa: B023
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
        [held] = hub._streams[company.colleague]
        assert (len(held._queue), held.must_replay) == (0, True)
        slow.may_read.set()
        await arrived(slow, *written)


def test_a_queue_is_bounded_in_bytes() -> None:
    queue = subscription_module.Subscription(Reader(person_id=new_id()), time.time() + 60)
    queue.resume()
    for position in range(3):
        queue.put(position, b"x" * 400_000)
    assert (queue.take(), queue.must_replay) == ([], True)


async def test_another_epoch_resets_the_stream(company: Company, door: Door) -> None:
    head = await company.head()
    async with door.stream(company.colleague, last_event_id="1:7") as stream:
        await stream.until(lambda: bool(stream.frames))
        [(name, kind, data)] = stream.frames
        assert (name, kind, f"{data['epoch']}:{data['position']}") == (head, "reset", head)
        a = await company.announce()
        await company.place()
        await stream.until(lambda: len(stream.frames) > 1)
        assert stream.frames[1][2]["resource_id"] == a


async def test_a_restore_under_open_streams_resets_them(
    company: Company, door: Door, databases: dict[str, Database]
) -> None:
    async with door.stream(company.colleague) as stream:
        await databases["owner"].execute("UPDATE log.head SET epoch = epoch + 1")
        await stream.until(lambda: bool(stream.frames))
        assert stream.frames[0][1] == "reset"
        a = await company.announce()
        await company.place()
        await stream.until(lambda: len(stream.frames) > 1)
        assert (stream.frames[1][0], stream.frames[1][2]["resource_id"]) == (await company.head(), a)


async def test_a_bare_number_resumes_in_the_present_epoch(company: Company, door: Door) -> None:
    await company.place()
    start = await company.head()
    a = await company.announce()
    await company.place()
    async with door.stream(company.colleague, f"after={start.split(':')[1]}") as stream:
        await arrived(stream, a)


async def test_a_place_beyond_the_end_is_the_end(company: Company, door: Door) -> None:
    async with door.stream(company.colleague, last_event_id="999999999999") as stream:
        a = await company.announce()
        await company.place()
        await arrived(stream, a)


async def test_a_quiet_stream_has_a_heartbeat(company: Company, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT_SECONDS", 0.05)
    async with door.stream(company.colleague) as stream:
        await stream.until(lambda: stream.text.count(": heartbeat\n\n") >= 2)


async def test_closing_the_hub_ends_every_stream_and_takes_no_more(company: Company, door: Door, hub: EventHub) -> None:
    async with door.stream(company.colleague) as one, door.stream(company.boss) as two:
        hub.close()
        await one.until(lambda: one.over, 1)
        await two.until(lambda: two.over, 1)
    assert (await door.send(company.boss, "GET", "/events/stream")).status_code == 503


async def test_an_expired_credential_ends_the_stream(company: Company, door: Door) -> None:
    caller = Principal(id=company.colleague, expires_at=int(time.time()) + 1)
    async with door.stream(caller) as stream:
        await stream.until(lambda: stream.over, 3)


async def test_a_revoked_session_ends_the_stream(
    company: Company, door: Door, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SESSIONS_EVERY", 0.0)
    session_id = await signed_in(databases["owner"], company.colleague)
    async with door.stream(Principal(id=company.colleague, session_id=session_id)) as stream:
        await asyncio.sleep(0.05)
        assert not stream.over
        await databases["owner"].execute("UPDATE auth.sessions SET revoked_at = $2 WHERE id = $1", session_id, AT)
        await stream.until(lambda: stream.over, 3)


async def signed_in(owner: Database, person_id: str) -> str:
    """A session, as the auth service would write it."""
    session_id = new_id()
    await owner.execute(
        """
        INSERT INTO auth.people (id, email, email_folded, name, created_at, updated_at)
        VALUES ($1, $2, $2, 'Colleague', $3, $3)
        """,
        person_id,
        f"{person_id}@example.com",
        AT,
    )
    await owner.execute(
        "INSERT INTO auth.sessions (id, person_id, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $3)",
        session_id,
        person_id,
        AT,
    )
    return session_id


async def test_leaving_frees_the_place_and_too_many_are_refused(
    company: Company, door: Door, hub: EventHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "STREAMS_PER_PERSON", 1)
    async with door.stream(company.colleague):
        refused = await door.send(company.colleague, "GET", "/events/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert hub._streams == {}
    async with door.stream(company.colleague) as stream:
        assert stream.status == 200


async def test_streams_outlive_an_outage(
    company: Company, door: Door, hub: EventHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "OUTAGE_PAUSE", 0.02)
    async with door.stream(company.colleague) as stream, door.stream(company.boss) as boss:
        restore = break_database(hub.database)
        [subscription] = hub._streams[company.colleague]
        subscription.interrupt()
        a = await company.announce()
        await company.place()
        await stream.until(lambda: ": heartbeat" in stream.text)
        restore()
        await arrived(stream, a)
        await arrived(boss, a)


def break_database(database: Database) -> Callable[[], None]:
    """PostgreSQL away, as far as this database is concerned."""
    working: Callable[..., Awaitable[object]] = database.fetch

    async def fetch(*_: object) -> list[object]:
        raise Unavailable

    database.fetch = fetch  # type: ignore[assignment, method-assign]

    def restore() -> None:
        database.fetch = working  # type: ignore[assignment, method-assign]

    return restore
