"""Each event's effects happen once and in order, whatever crashes between."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from taskyard.kit import clock, logs
from taskyard.kit import consumers as module
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import ATTEMPTS, Consumer, Handle, catch_up, replay_dead_letters, run_consumer
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Conflict
from taskyard.kit.queries import changelog, consumers
from taskyard.kit.signals import Signal
from tests.kit.log_writers import (
    SCRATCH_TABLES,
    announce_version,
    eventually,
    list_effects,
    place_all,
    running,
    write_events,
)


@pytest.fixture(autouse=True)
async def quiet_log(databases: dict[str, Database]) -> AsyncIterator[None]:
    await databases["owner"].execute(SCRATCH_TABLES)
    await place_all(databases)
    yield
    await place_all(databases)


@pytest.fixture
async def start(databases: dict[str, Database], quiet_log: None) -> int:  # noqa: ARG001 - comes after it
    """The last position before the test."""
    return (await changelog.find_head(databases["task"]))[1]


async def record_effect(tx: Transaction, consumer: str, event: Event) -> None:
    await tx.execute("INSERT INTO public.drill_effects (consumer, position) VALUES ($1, $2)", consumer, event.position)


async def new_consumer(databases: dict[str, Database], before: Handle | None = None) -> Consumer:
    """A consumer at the head of the log; ``before`` may fail after the effect was written."""
    name = new_id()

    async def handle(tx: Transaction, event: Event) -> None:
        await record_effect(tx, name, event)
        if before is not None:
            await before(tx, event)

    await consumers.insert_cursor(databases["notification"], name, at_head=True)
    return Consumer(name=name, handle=handle, retry_after=timedelta(0))


async def run_to_head(databases: dict[str, Database], consumer: Consumer, runners: int = 1) -> None:
    """Place what is written, and run the consumer until it has passed all of it."""
    await place_all(databases)

    async def is_there() -> bool:
        cursor = await consumers.find_cursor(databases["notification"], consumer.name)
        return cursor is not None and cursor["position"] == cursor["last_position"]

    async with running(*(run_consumer(databases["notification"], consumer, Signal()) for _ in range(runners))):
        await eventually(is_there, seconds=20)


async def test_each_event_has_one_effect_with_many_runners(databases: dict[str, Database], start: int) -> None:
    consumer = await new_consumer(databases)
    await write_events(databases["task"], 250)
    await run_to_head(databases, consumer, runners=3)
    assert await list_effects(databases, consumer.name) == list(range(start + 1, start + 251))


async def test_only_asked_for_types_are_handled(databases: dict[str, Database], start: int) -> None:
    plain = await new_consumer(databases)
    consumer = Consumer(name=plain.name, handle=plain.handle, types=frozenset({"drill.wanted"}))
    await write_events(databases["task"], 2)
    await write_events(databases["task"], 1, "drill.wanted")
    await write_events(databases["task"], 2)
    await run_to_head(databases, consumer)
    assert await list_effects(databases, consumer.name) == [start + 3]


async def test_what_is_none_of_its_is_passed_over_by_one_runner(databases: dict[str, Database]) -> None:
    consumer, database = await new_consumer(databases), databases["notification"]
    await write_events(databases["task"], 3)
    await place_all(databases)
    unconcerned = await consumers.find_cursor(database, consumer.name, ["drill.wanted"], 100)
    concerned = await consumers.find_cursor(database, consumer.name, ["drill.wanted", "drill.written"], 3)
    assert unconcerned is not None
    assert not unconcerned["is_concerned"]
    assert concerned is not None
    assert concerned["is_concerned"]
    until = unconcerned["last_position"]
    async with database.transaction() as tx:
        await consumers.lock_cursor(tx, consumer.name)
        assert not await consumers.pass_over(database, consumer.name, unconcerned, until), "another runner works"
    assert await consumers.pass_over(database, consumer.name, unconcerned, until)
    assert not await consumers.pass_over(database, consumer.name, unconcerned, until + 1), "it has moved since"
    async with database.transaction() as tx:
        cursor = await consumers.lock_cursor(tx, consumer.name)
        assert cursor is not None
        assert cursor["position"] == until


async def test_events_of_others_cost_a_look_now_and_then(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, find, gather, wake = list[float](), consumers.find_cursor, 0.3, Signal()

    async def find_cursor(*args: Any) -> Any:
        looks.append(time.monotonic())
        return await find(*args)

    monkeypatch.setattr(consumers, "find_cursor", find_cursor)
    monkeypatch.setattr(module, "PASS_EVERY", 60)
    consumer = msgspec.structs.replace(await new_consumer(databases), types=frozenset({"drill.wanted"}), gather=gather)
    async with running(run_consumer(databases["notification"], consumer, wake)):
        for _ in range(60):
            await write_events(databases["task"], 1)
            await place_all(databases)
            wake.notify()
            await asyncio.sleep(0.02)
    assert len(looks) > 2
    assert len(looks) <= 3 + (looks[-1] - looks[0]) / gather


async def test_a_failed_event_is_not_passed_over(databases: dict[str, Database]) -> None:
    consumer, database = await new_consumer(databases), databases["notification"]
    await write_events(databases["task"], 1)
    await place_all(databases)
    async with database.transaction() as tx:
        await consumers.note_failure(tx, consumer.name, 1, clock.now())
    seen = await consumers.find_cursor(database, consumer.name)
    assert seen is not None
    assert not await consumers.pass_over(database, consumer.name, seen, seen["last_position"])


@pytest.mark.parametrize(("starts_at", "handled"), [("beginning", "all"), ("head", "none")])
async def test_new_consumer_starts_where_it_says(
    databases: dict[str, Database], starts_at: Literal["beginning", "head"], handled: str
) -> None:
    await write_events(databases["task"], 1)
    await place_all(databases)
    name = new_id()

    async def handle(tx: Transaction, event: Event) -> None:
        await record_effect(tx, name, event)

    await run_to_head(databases, Consumer(name=name, handle=handle, starts_at=starts_at))
    assert bool(await list_effects(databases, name)) is (handled == "all")


async def test_crash_between_effect_and_commit_leaves_one_effect(databases: dict[str, Database], start: int) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hang(_tx: Transaction, _event: Event) -> None:
        reached.set()
        await go_on.wait()

    consumer = await new_consumer(databases, hang)
    await write_events(databases["task"], 1)
    await place_all(databases)
    async with running(run_consumer(databases["notification"], consumer, Signal())):
        await asyncio.wait_for(reached.wait(), 5)
    assert await list_effects(databases, consumer.name) == []
    go_on.set()
    await run_to_head(databases, consumer)
    assert await list_effects(databases, consumer.name) == [start + 1]


async def _refuse(_tx: Transaction, _event: Event) -> None:
    raise Conflict


async def _break_statement(tx: Transaction, _event: Event) -> None:
    async with tx.savepoint():
        await tx.execute("SELECT 1 / 0")


async def _cut_connection(tx: Transaction, _event: Event) -> None:
    await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("poison", [_refuse, _break_statement, _cut_connection])
async def test_poison_event_is_put_aside_and_can_be_replayed(
    databases: dict[str, Database], start: int, poison: Handle
) -> None:
    attempts, is_cured = 0, False

    async def sometimes(tx: Transaction, event: Event) -> None:
        nonlocal attempts
        if event.position == start + 2 and not is_cured:
            attempts += 1
            await poison(tx, event)

    consumer = await new_consumer(databases, sometimes)
    await write_events(databases["task"], 4)
    await run_to_head(databases, consumer)
    assert await list_effects(databases, consumer.name) == [start + 1, start + 3, start + 4]
    assert ATTEMPTS <= attempts <= ATTEMPTS + 1
    assert await replay_dead_letters(databases["notification"], consumer) == 0
    is_cured = True
    assert await replay_dead_letters(databases["notification"], consumer) == 1
    assert await replay_dead_letters(databases["notification"], consumer) == 0
    assert await list_effects(databases, consumer.name) == [start + n for n in (1, 2, 3, 4)]


async def test_failed_event_rests_before_it_is_tried_again(databases: dict[str, Database]) -> None:
    attempts = 0

    async def fail(_tx: Transaction, _event: Event) -> None:
        nonlocal attempts
        attempts += 1
        raise Conflict

    plain = await new_consumer(databases, fail)
    consumer = Consumer(name=plain.name, handle=plain.handle, retry_after=timedelta(hours=1))
    await write_events(databases["task"], 1)
    await place_all(databases)
    async with running(run_consumer(databases["notification"], consumer, Signal())):
        await asyncio.sleep(0.8)
    assert attempts == 1


@pytest.mark.parametrize(("policy", "handled"), [("cursor", 1), ("head", 0), ("beginning", None)])
async def test_new_epoch_follows_the_consumers_policy(
    databases: dict[str, Database], policy: Literal["cursor", "head", "beginning"], handled: int | None
) -> None:
    plain = await new_consumer(databases)
    consumer = Consumer(name=plain.name, handle=plain.handle, after_restore=policy)
    await write_events(databases["task"], 1)
    await place_all(databases)
    await databases["owner"].execute("UPDATE log.head SET epoch = epoch + 1")
    async with running(run_consumer(databases["notification"], consumer, Signal())):
        await eventually(lambda: _has_epoch(databases, consumer.name))
    await run_to_head(databases, consumer)
    everything = (await changelog.find_head(databases["task"]))[1]
    assert len(await list_effects(databases, consumer.name)) == (everything if handled is None else handled)


async def _has_epoch(databases: dict[str, Database], name: str) -> bool:
    cursor = await consumers.find_cursor(databases["notification"], name)
    return cursor is not None and cursor["epoch"] == cursor["log_epoch"]


async def test_announcements_of_a_handler_name_the_events_request(databases: dict[str, Database]) -> None:
    causes = []

    async def note(tx: Transaction, _event: Event) -> None:
        causes.append(tx.cause)

    consumer = await new_consumer(databases, note)
    await write_events(databases["task"], 1)
    await run_to_head(databases, consumer)
    assert [cause.origin for cause in causes] == ["automation"]


async def test_lines_about_an_event_name_its_request(databases: dict[str, Database], log_file: Path) -> None:
    consumer = await new_consumer(databases, _refuse)
    async with databases["task"].transaction(Cause(request_id="r-7")) as tx:
        await announce_version(tx, new_id(), 1)
    await run_to_head(databases, consumer)
    logs.close()
    lines = [msgspec.json.decode(line) for line in log_file.read_bytes().splitlines()]
    named = {line["event"]: line.get("request_id") for line in lines if line.get("consumer") == consumer.name}
    assert named == {"event_failed": "r-7", "event_put_aside": "r-7"}


async def test_catching_up_ends_with_the_last_placed_event(databases: dict[str, Database], start: int) -> None:
    consumer = msgspec.structs.replace(await new_consumer(databases), name=new_id(), starts_at="head")
    await catch_up(databases["notification"], consumer)
    handled: list[int] = []

    async def handle(_: Transaction, event: Event) -> None:
        handled.append(event.position)

    consumer = msgspec.structs.replace(consumer, handle=handle)
    await write_events(databases["task"], 120)
    await place_all(databases)
    await catch_up(databases["notification"], consumer)
    await catch_up(databases["notification"], consumer)

    assert handled == list(range(start + 1, start + 121))
