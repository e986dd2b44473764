"""The sequencer places what is committed soon, steps aside for another, and outlasts its connections."""

import asyncio
import time

import pytest

from taskyard.kit import sequencer as sequencer_module
from taskyard.kit.database import Database
from taskyard.kit.leases import Leases
from taskyard.kit.queries import changelog as queries
from taskyard.kit.queries.consumers import list_events_until
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from tests.kit.log_writers import eventually, place_all, running, sequencer_of, write_events


async def head_of(databases: dict[str, Database]) -> int:
    return (await queries.find_head(databases["task"]))[1]


async def test_events_get_contiguous_positions_in_insert_order(databases: dict[str, Database]) -> None:
    await place_all(databases)
    start = await head_of(databases)
    written = await write_events(databases["task"], 5)
    await place_all(databases)
    rows = await list_events_until(databases["notification"], start, start + 100, None)
    assert [row["resource_id"] for row in rows] == written
    assert [row["position"] for row in rows] == list(range(start + 1, start + 6))


async def test_woken_sequencer_places_at_once(databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer_module, "BUSY_POLL", 30)
    monkeypatch.setattr(sequencer_module, "IDLE_POLL", 30)
    wake, told = Signal(), Signal()
    sequencer = Sequencer(databases["sequencer"], Leases(databases["sequencer"]), wake, lambda _: told.notify())
    databases["task"].on_announced = wake.notify
    async with running(sequencer.run()):
        await write_events(databases["task"], 1)
        await told.wait(5, seen=0)
        await asyncio.sleep(0.05)
        seen, began = told.count, time.monotonic()
        await write_events(databases["task"], 1)
        assert await told.wait(5, seen=seen)
    assert time.monotonic() - began < 5


async def test_sequencer_finds_events_without_being_woken(databases: dict[str, Database]) -> None:
    start = await head_of(databases)
    async with running(sequencer_of(databases).run()):
        await asyncio.sleep(0.3)
        await write_events(databases["task"], 3)
        await eventually(lambda: _has_moved(databases, start + 3), seconds=2)


async def test_only_the_lease_holder_leads_and_the_next_takes_over(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer_module, "STANDBY_PAUSE", 0.02)
    first, second = sequencer_of(databases), sequencer_of(databases)
    async with running(second.run()):
        async with running(first.run()):
            await eventually(lambda: _one_leads(first, second))
            await asyncio.sleep(0.1)
            assert first.leads != second.leads
        await eventually(lambda: _leads(second))


async def test_leader_steps_down_when_another_took_its_lease(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer_module, "RENEW_EVERY", 0)
    sequencer = sequencer_of(databases)
    async with running(sequencer.run()):
        await eventually(lambda: _leads(sequencer))
        await databases["sequencer"].execute(
            "UPDATE log.leases SET number = number + 1, expires_at = clock_timestamp() + interval '1 second'"
        )
        await asyncio.sleep(0.5)
        assert not sequencer.leads
        await eventually(lambda: _leads(sequencer))


async def test_sequencer_goes_on_after_its_connections_were_cut(databases: dict[str, Database]) -> None:
    start = await head_of(databases)
    async with running(sequencer_of(databases).run()):
        await asyncio.sleep(0.1)
        await databases["owner"].execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'taskyard_sequencer'"
        )
        await write_events(databases["task"], 1)
        await eventually(lambda: _has_moved(databases, start + 1))


async def test_services_cannot_place_events(databases: dict[str, Database]) -> None:
    statement = "SELECT has_table_privilege($1, $2, 'SELECT,INSERT,UPDATE,DELETE')"
    for table in ("log.positions", "log.head"):
        assert not await databases["owner"].fetch_value(statement, "taskyard_task", table)


async def _has_moved(databases: dict[str, Database], position: int) -> bool:
    return await head_of(databases) >= position


async def _one_leads(*sequencers: Sequencer) -> bool:
    return any(sequencer.leads for sequencer in sequencers)


async def _leads(sequencer: Sequencer) -> bool:
    return sequencer.leads
