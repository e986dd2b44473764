"""Drill 14 and the reason the sequencer exists: no acknowledged event is lost, repeated or out of order.

Each checker is shown to fail on the design it is meant to rule out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import pairwise

import pytest

from taskyard.kit import sequencer as sequencer_module
from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable
from taskyard.kit.queries import changelog as queries
from taskyard.kit.queries.consumers import list_events_until
from tests.faults.length import either
from tests.kit.log_writers import (
    SCRATCH_TABLES,
    announce_version,
    eventually,
    place_all,
    running,
    sequencer_of,
    write_version,
)

WRITES = either(60, 1200)
"""Of each of six writers, while sequencers are killed about ten times a second."""

Seen = list[tuple[int, str, int]]
"""Position, resource and version of the events as a consumer got them."""


@pytest.fixture(autouse=True)
async def scratch_tables(databases: dict[str, Database]) -> AsyncIterator[None]:
    await databases["owner"].execute(SCRATCH_TABLES)
    await place_all(databases)
    yield
    await place_all(databases)


def list_faults(seen: Seen, acknowledged: set[tuple[str, int]]) -> list[str]:
    """Everything wrong with a stream: lost, repeated, with gaps, or a resource's versions out of order."""
    faults = [f"lost {lost}" for lost in acknowledged - {(resource, version) for _, resource, version in seen}]
    if len({(resource, version) for _, resource, version in seen}) != len(seen):
        faults.append("repeated")
    faults += [f"gap {here}..{there}" for (here, *_), (there, *_) in pairwise(seen) if there != here + 1]
    latest: dict[str, int] = {}
    for _, resource, version in seen:
        if version != latest.get(resource, 0) + 1:
            faults.append(f"{resource} went from {latest.get(resource, 0)} to {version}")
        latest[resource] = version
    return faults


async def read_log(databases: dict[str, Database], after: int) -> Seen:
    rows = await list_events_until(databases["notification"], after, after + 10_000, None)
    return [(row["position"], row["resource_id"], row["version"]) for row in rows]


async def read_by_id(databases: dict[str, Database], after: int) -> Seen:
    """The mutant consumer: it trusts ids, which say when an event was inserted, not when it is visible."""
    rows = await databases["owner"].fetch(
        "SELECT id, resource_id::text, version FROM log.events WHERE id > $1 ORDER BY id", after
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def read_behind_horizon(databases: dict[str, Database], placed: Seen, after: int) -> Seen:
    """The mutant sequencer: it takes only events older than every open transaction."""
    rows = await databases["owner"].fetch(
        """
        SELECT id, resource_id::text, version FROM log.events
         WHERE id > $1 AND xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY id
        """,
        after,
    )
    fresh = [(row[1], row[2]) for row in rows if (row[1], row[2]) not in {(seen[1], seen[2]) for seen in placed}]
    return [(len(placed) + place, *event) for place, event in enumerate(fresh, 1)]


async def last_event_id(databases: dict[str, Database]) -> int:
    last: int = await databases["owner"].fetch_value("SELECT coalesce(max(id), 0) FROM log.events")
    return last


async def test_slow_transaction_with_a_lower_id_arrives(databases: dict[str, Database]) -> None:
    _, start = await queries.find_head(databases["notification"])
    first_id = await last_event_id(databases)
    slow, fast = new_id(), new_id()
    async with databases["task"].transaction() as slow_tx:
        await announce_version(slow_tx, slow, 1)
        async with databases["project"].transaction() as fast_tx:
            await announce_version(fast_tx, fast, 1)
        await place_all(databases)
        seen, by_id = await read_log(databases, start), await read_by_id(databases, first_id)
        assert [resource for _, resource, _ in seen] == [fast]
    await place_all(databases)
    seen += await read_log(databases, seen[-1][0])
    by_id += await read_by_id(databases, by_id[-1][0])
    assert list_faults(seen, {(slow, 1), (fast, 1)}) == []
    assert f"lost {(slow, 1)}" in list_faults(by_id, {(slow, 1), (fast, 1)})


async def test_early_transaction_id_that_writes_late_comes_last(databases: dict[str, Database]) -> None:
    _, start = await queries.find_head(databases["notification"])
    first_id, resource = await last_event_id(databases), new_id()
    behind_horizon: Seen = []
    async with AsyncExitStack() as bystander:
        async with databases["task"].transaction() as early:
            await _take_transaction_id(early)
            await _take_transaction_id(await bystander.enter_async_context(databases["auth"].transaction()))
            async with databases["project"].transaction() as late:
                await write_version(late, resource)
            await place_all(databases)
            await write_version(early, resource)
        await place_all(databases)
        behind_horizon += await read_behind_horizon(databases, behind_horizon, first_id)
    behind_horizon += await read_behind_horizon(databases, behind_horizon, first_id)
    acknowledged = {(resource, 1), (resource, 2)}
    assert list_faults(await read_log(databases, start), acknowledged) == []
    assert f"{resource} went from 0 to 2" in list_faults(behind_horizon, acknowledged)


async def _take_transaction_id(tx: Transaction) -> None:
    """As any write does, such as the row of an Idempotency-Key."""
    await tx.fetch_value("SELECT pg_current_xact_id()::text")


@pytest.mark.parametrize("lease", [timedelta(seconds=3), timedelta(milliseconds=30)], ids=["one leader", "two leaders"])
async def test_killed_sequencers_lose_nothing(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch, lease: timedelta
) -> None:
    monkeypatch.setattr(sequencer_module, "LEASE_DURATION", lease)
    monkeypatch.setattr(sequencer_module, "STANDBY_PAUSE", 0.01)
    _, start = await queries.find_head(databases["notification"])
    resources = [new_id() for _ in range(4)]
    acknowledged: set[tuple[str, int]] = set()
    async with running(_kill_for_ever(databases), _kill_for_ever(databases)):
        writers = [_write_many(databases["task"], resources, turn, acknowledged) for turn in range(6)]
        await asyncio.gather(*writers)
    async with running(sequencer_of(databases).run()):
        await eventually(lambda: _is_empty(databases))
    assert len(acknowledged) == 6 * WRITES
    assert list_faults(await read_log(databases, start), acknowledged) == []


async def _write_many(database: Database, resources: list[str], turn: int, acknowledged: set[tuple[str, int]]) -> None:
    for count in range(WRITES):
        resource = resources[(turn + count) % len(resources)]
        async with database.transaction() as tx:
            version = await write_version(tx, resource)
            await asyncio.sleep(0.002 * (turn % 3))
        acknowledged.add((resource, version))


async def _kill_for_ever(databases: dict[str, Database]) -> None:
    """Run a sequencer, by turns stop it and cut its connections."""
    while True:
        async with running(sequencer_of(databases).run()):
            await asyncio.sleep(0.05)
            await databases["owner"].execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'taskyard_sequencer'"
            )
            await asyncio.sleep(0.05)


async def _is_empty(databases: dict[str, Database]) -> bool:
    # as the owner, whose connections nobody cuts
    return not await queries.has_unplaced_events(databases["owner"])


async def test_stopped_leader_is_fenced_off(databases: dict[str, Database]) -> None:
    resource = new_id()
    _, start = await queries.find_head(databases["notification"])
    with pytest.raises(Unavailable):
        await _lead_while_another_takes_over(databases, resource)
    assert list_faults(await read_log(databases, start), {(resource, 1)}) == []


async def _lead_while_another_takes_over(databases: dict[str, Database], resource: str) -> None:
    async with databases["sequencer"].transaction() as stopped:
        await stopped.execute("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
        await stopped.execute("SELECT FROM log.head FOR UPDATE")
        async with databases["task"].transaction() as tx:
            await write_version(tx, resource)
        assert await sequencer_of(databases).place() == 0
        async with running(sequencer_of(databases).run()):
            await eventually(lambda: _is_empty(databases))
        await queries.place_events(stopped, 100)


def test_checker_notices_every_fault() -> None:
    assert list_faults([(1, "a", 1), (2, "a", 2)], {("a", 1), ("a", 2)}) == []
    assert list_faults([(1, "a", 1)], {("a", 1), ("a", 2)}) == ["lost ('a', 2)"]
    assert "repeated" in list_faults([(1, "a", 1), (2, "a", 1)], set())
    assert list_faults([(1, "a", 1), (3, "a", 2)], set()) == ["gap 1..3"]
    assert list_faults([(1, "a", 2)], set()) == ["a went from 0 to 2"]
