"""The pool: bounded, fair, and never waiting for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from taskyard.kit import pool as module
from taskyard.kit.database import Database
from taskyard.kit.pool import Pool
from taskyard.kit.problems import Unavailable
from tests.conftest import Cluster


@pytest.fixture
async def pool(cluster: Cluster) -> AsyncIterator[Pool]:
    pool = Pool(cluster.owner_url, size=2, acquire_timeout=0.3)
    yield pool
    await pool.close()


async def test_last_connection_back_is_the_first_out(pool: Pool) -> None:
    first, second = await pool.acquire(), await pool.acquire()
    pool.release(first)
    pool.release(second)

    assert await pool.acquire() is second
    pool.release(second)


async def test_exhausted_pool_refuses_in_time(pool: Pool) -> None:
    held = [await pool.acquire() for _ in range(pool.size)]
    started = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await pool.acquire()

    assert 0.25 < asyncio.get_running_loop().time() - started < 1
    for connection in held:
        pool.release(connection)
    assert pool.in_use == 0


async def test_in_a_standing_line_nobody_waits_for_long(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BURST_SECONDS", 0.3)
    loop, pool = asyncio.get_running_loop(), Pool(cluster.owner_url, size=1, acquire_timeout=60)
    held, began = await pool.acquire(), asyncio.get_running_loop().time()
    patient = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.15)
    assert not patient.done()
    late = asyncio.create_task(pool.acquire())
    for task in (patient, late):
        with pytest.raises(Unavailable):
            await task
    assert 0.25 < loop.time() - began < 30
    pool.release(held)
    pool.release(await pool.acquire())
    await pool.close()


async def test_who_waits_longest_is_served_first(pool: Pool) -> None:
    held = [await pool.acquire() for _ in range(pool.size)]
    served: list[int] = []

    async def take(name: int) -> None:
        connection = await pool.acquire()
        served.append(name)
        pool.release(connection)

    waiting = [asyncio.create_task(take(n)) for n in range(5)]
    await asyncio.sleep(0.01)
    pool.release(held[0])
    await asyncio.create_task(take(99))
    await asyncio.gather(*waiting)

    assert served == [0, 1, 2, 3, 4, 99]
    pool.release(held[1])


async def test_discarded_connection_makes_room_for_who_waits(pool: Pool) -> None:
    held = [await pool.acquire() for _ in range(pool.size)]
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.01)
    pool.discard(held[0])

    fresh = await waiting
    assert fresh is not held[0]
    assert pool.in_use == 2
    pool.release(fresh)
    pool.release(held[1])


async def test_closed_connection_makes_room_for_who_waits(pool: Pool) -> None:
    held = [await pool.acquire() for _ in range(pool.size)]
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.01)
    await held[0].close()
    pool.release(held[0])

    pool.release(await waiting)
    pool.release(held[1])
    assert pool.in_use == 0


@pytest.mark.parametrize("returned", ["released", "discarded"])
async def test_what_comes_for_somebody_who_has_just_left_goes_to_the_next(pool: Pool, returned: str) -> None:
    held = [await pool.acquire() for _ in range(pool.size)]
    leaving, staying = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.01)
    (pool.release if returned == "released" else pool.discard)(held[0])
    leaving.cancel()

    pool.release(await staying)
    pool.release(held[1])
    assert leaving.cancelled()
    assert pool.in_use == 0


async def test_nothing_is_lost_when_many_come_and_go(cluster: Cluster) -> None:
    database = Database(cluster.owner_url, size=3)
    database.pool._acquire_timeout = 0.05

    async def visit(n: int) -> None:
        try:
            async with asyncio.timeout((n % 20) / 100 + 0.001), database.transaction() as tx:
                await tx.execute("SELECT pg_sleep($1)", (n % 7) / 300)
        except (TimeoutError, Unavailable):
            pass

    await asyncio.gather(*(visit(n) for n in range(150)))

    assert database.pool.in_use == 0
    assert len(database.pool._idle) <= 3
    assert await database.fetch_value("SELECT 1") == 1
    await database.close()


async def test_server_that_is_away_is_unavailable_and_takes_no_place() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere", size=1)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await database.fetch_value("SELECT 1")

    assert database.pool.in_use == 0


async def test_closed_pool_opens_nothing_and_closes_what_comes_back(pool: Pool) -> None:
    connection = await pool.acquire()
    await pool.close()
    pool.release(connection)

    assert connection.is_closed()
    with pytest.raises(Unavailable):
        await pool.acquire()
