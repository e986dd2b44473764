"""One holder at a time, by Redis or without it; and a late holder writes nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from taskyard.kit.database import Database
from taskyard.kit.embedded.valkey import EmbeddedValkey
from taskyard.kit.ids import new_id
from taskyard.kit.locks import Lock, LockLost, Locks, require_held
from taskyard.kit.problems import Unavailable
from taskyard.kit.queries import locks as queries
from taskyard.kit.redis import Redis
from tests.kit.log_writers import eventually

LONG, SHORT = timedelta(seconds=30), timedelta(milliseconds=150)


@pytest.fixture(params=["with Redis", "without Redis"])
async def locks(
    request: pytest.FixtureRequest, redis_url: str, databases: dict[str, Database]
) -> AsyncIterator[list[Locks]]:
    """Those of two processes."""
    connections = [Redis(redis_url if request.param == "with Redis" else "") for _ in range(2)]
    yield [Locks(redis, databases["notification"]) for redis in connections]
    for redis in connections:
        await redis.close()


async def taken(locks: Locks, name: str, duration: timedelta = LONG) -> Lock:
    lock = await locks.acquire(name, duration)
    assert lock is not None
    return lock


async def write_under(databases: dict[str, Database], lock: Lock) -> None:
    async with databases["notification"].transaction() as tx:
        await require_held(tx, lock)


async def test_one_of_many_gets_it(locks: list[Locks]) -> None:
    name = new_id()
    got = await asyncio.gather(*(each.acquire(name, LONG) for each in locks * 4))
    assert len([lock for lock in got if lock is not None]) == 1


async def test_released_it_is_free_at_once_and_the_number_grows(locks: list[Locks]) -> None:
    one, other = locks
    first = await taken(one, name := new_id())
    await one.release(first)
    assert (await taken(other, name)).number == first.number + 1


async def test_expired_it_goes_to_another_and_the_late_holder_writes_nothing(
    locks: list[Locks], databases: dict[str, Database]
) -> None:
    one, other = locks
    late = await taken(one, name := new_id(), SHORT)
    await write_under(databases, late)
    await asyncio.sleep(0.2)
    present = await taken(other, name)
    with pytest.raises(LockLost):
        await write_under(databases, late)
    await write_under(databases, present)
    assert await one.extend(late, LONG) is False
    await one.release(late)
    assert await one.acquire(name, LONG) is None


async def test_prolonged_it_outlives_its_first_term(locks: list[Locks], databases: dict[str, Database]) -> None:
    one, other = locks
    async with one.held(new_id(), SHORT) as lock:
        assert lock is not None
        await asyncio.sleep(0.4)
        assert await other.acquire(lock.name, SHORT) is None
        await write_under(databases, lock)
    await taken(other, lock.name)


async def test_who_comes_too_late_gets_none(locks: list[Locks]) -> None:
    one, other = locks
    async with one.held(name := new_id(), LONG), other.held(name, LONG) as late:
        assert late is None


async def test_nobody_takes_it_while_a_write_under_it_commits(
    locks: list[Locks], databases: dict[str, Database]
) -> None:
    lock = await taken(locks[0], new_id(), SHORT)
    async with databases["notification"].transaction() as tx:
        await require_held(tx, lock)
        await asyncio.sleep(0.2)
        taking = asyncio.create_task(locks[1].acquire(lock.name, LONG))
        await asyncio.wait([taking], timeout=0.2)
        assert not taking.done()
    assert (await taking) is not None


async def test_loss_of_redis_is_noticed_by_number(redis_url: str, databases: dict[str, Database]) -> None:
    """As after FLUSHALL or the failover to an empty replica: two believe to have it, and one of them writes."""
    redis = Redis(redis_url)
    locks = Locks(redis, databases["notification"])
    late = await taken(locks, new_id())
    async with databases["notification"].transaction() as tx:
        await queries.raise_fence(tx, late.name, LONG)
    with pytest.raises(LockLost):
        await write_under(databases, late)
    assert await locks.extend(late, LONG) is False
    await redis.close()


async def test_lock_lost_while_held_is_kept_no_longer(
    locks: list[Locks], databases: dict[str, Database], log_file: Path
) -> None:
    async with locks[0].held(new_id(), SHORT) as lock:
        assert lock is not None
        await queries.raise_fence(databases["notification"], lock.name, LONG)

        async def is_noticed() -> bool:
            return "lock_lost" in log_file.read_text()

        await eventually(is_noticed)


async def test_a_dead_database_gives_nobody_the_lock(redis_url: str, databases: dict[str, Database]) -> None:
    redis = Redis(redis_url)
    away = Database("postgresql://a@127.0.0.1:1/x")
    name = new_id()
    with pytest.raises(Unavailable):
        await Locks(redis, away).acquire(name, LONG)
    await taken(Locks(redis, databases["notification"]), name)
    await redis.close()


async def test_who_holds_it_goes_on_when_redis_dies(tmp_path: Path, databases: dict[str, Database]) -> None:
    valkey = EmbeddedValkey(tmp_path)
    redis = Redis(await valkey.start())
    locks = Locks(redis, databases["notification"])
    lock = await taken(locks, new_id())
    await valkey.stop()
    assert await locks.extend(lock, LONG) is True
    assert await locks.acquire(lock.name, LONG) is None
    await write_under(databases, lock)
    await locks.release(lock)
    await taken(locks, lock.name)
    await redis.close()
