"""Drill 16: the holder of a lock is stopped past its time and continued; its late write is fenced off."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.locks import Lock, Locks
from taskyard.kit.redis import Redis
from tests.conftest import Cluster
from tests.faults import lock_holder
from tests.kit.log_writers import SCRATCH_TABLES

LEASE = timedelta(milliseconds=500)


@pytest.fixture(params=["with Redis", "without Redis"])
def redis_address(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    return cluster.redis_url if request.param == "with Redis" else ""


@pytest.fixture
async def locks(redis_address: str, databases: dict[str, Database]) -> AsyncIterator[Locks]:
    """Those of the process that takes over."""
    await databases["owner"].execute(SCRATCH_TABLES)
    redis = Redis(redis_address)
    yield Locks(redis, databases["notification"])
    await redis.close()


class Holder:
    """The process that is stopped."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def hears(self) -> str:
        """What it says next."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def writes(self) -> None:
        """Tell it to write."""
        assert self._process.stdin is not None
        self._process.stdin.write("write\n")
        self._process.stdin.flush()

    def send(self, number: signal.Signals) -> None:
        """Stop or continue it."""
        os.kill(self._process.pid, number)


@contextmanager
def holding(cluster: Cluster, redis_address: str, name: str, fence: str) -> Iterator[Holder]:
    """A process of its own that has the lock."""
    urls = (cluster.service_urls["notification"], redis_address)
    command = [sys.executable, lock_holder.__file__, *urls, name, str(LEASE.total_seconds()), fence]
    source = str(Path(lock_holder.__file__).parents[2] / "src")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": source}, **pipes)  # type: ignore[call-overload] # of many forms
    holder = Holder(process)
    try:
        assert holder.hears() == "held"
        yield holder
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.mark.parametrize("fence", ["fenced", "mutant"])
async def test_late_write_of_a_stopped_holder_is_fenced_off(
    cluster: Cluster, redis_address: str, locks: Locks, databases: dict[str, Database], fence: str
) -> None:
    name = new_id()
    with holding(cluster, redis_address, name, fence) as holder:
        holder.writes()
        assert holder.hears() == "written"
        holder.send(signal.SIGSTOP)
        holder.writes()  # what it was about to do
        successor = await _take_over(locks, name)
        await lock_holder.write(databases["notification"], successor, is_fenced=True)
        holder.send(signal.SIGCONT)
        assert holder.hears() == ("fenced" if fence == "fenced" else "written")
    numbers = await _numbers(databases, name)
    assert (list_late_writes(numbers) == []) is (fence == "fenced"), numbers


async def _take_over(locks: Locks, name: str) -> Lock:
    """The lock, as soon as the time of the stopped holder is over."""
    async with asyncio.timeout(10):
        while (lock := await locks.acquire(name, timedelta(seconds=30))) is None:  # noqa: ASYNC110 - as a process would
            await asyncio.sleep(0.02)
    return lock


async def _numbers(databases: dict[str, Database], name: str) -> list[int]:
    """The numbers under which was written, in the order of their commits."""
    rows = await databases["owner"].fetch(
        "SELECT position FROM public.drill_effects WHERE consumer = $1 ORDER BY xmin::text::bigint", name
    )
    return [row[0] for row in rows]


def list_late_writes(numbers: list[int]) -> list[str]:
    """Writes under a lock that somebody else had taken and written under before."""
    return [f"{late} after {number}" for number, late in pairwise(numbers) if late < number]


def test_checker_notices_a_late_write() -> None:
    assert list_late_writes([1, 1, 2, 3]) == []
    assert list_late_writes([1, 2, 1]) == ["1 after 2"]
