"""Drill 15: workers are killed again and again; every job finishes, and its effects happen once."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import asyncpg
import msgspec
import pytest

from taskyard.kit.database import Database
from taskyard.kit.jobs import enqueue
from tests.conftest import Cluster
from tests.faults import job_worker
from tests.faults.checkers import list_other_effects
from tests.faults.length import either
from tests.kit.log_writers import eventually

pytestmark = pytest.mark.slow
KILLS = either(8, 100)
JOBS_PER_LIFE = 24
LONGEST_LIFE = 1.0
"""Seconds of work; until a worker begins, a busy machine may need as long."""
TABLE = """
    CREATE TABLE IF NOT EXISTS public.drill_errands (job uuid NOT NULL, effect uuid NOT NULL);
    TRUNCATE public.drill_errands;
    GRANT INSERT ON public.drill_errands TO PUBLIC
"""


class Errand(msgspec.Struct, frozen=True):
    """A job that needs nothing."""


@pytest.fixture
async def jobs(databases: dict[str, Database]) -> AsyncIterator[list[str]]:
    """Enough work for all who are killed."""
    task = databases["task"]
    await databases["owner"].execute(TABLE)
    for _ in range(KILLS * JOBS_PER_LIFE):
        await enqueue(task, job_worker.KIND, Errand(), max_attempts=1000)
    rows = await task.fetch("SELECT id::text FROM jobs WHERE kind = $1", job_worker.KIND)
    yield [row[0] for row in rows]
    await task.execute("DELETE FROM jobs WHERE kind = $1", job_worker.KIND)


def start_worker(cluster: Cluster, manner: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, job_worker.__file__, cluster.service_urls["task"], manner]
    environment = os.environ | {"PYTHONPATH": str(Path(job_worker.__file__).parents[2] / "src")}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def end_worker(worker: "subprocess.Popen[bytes]") -> None:
    """Kill it, whatever it is at."""
    worker.kill()
    worker.communicate(timeout=10)


def kill_workers(cluster: Cluster, manner: str, times: int) -> None:
    """Have two at work, and kill one of them whenever chance wants it."""
    chance, workers = Random(15), [start_worker(cluster, manner) for _ in range(2)]  # noqa: S311 - chance kills here
    for turn in range(times):
        victim = workers.pop(turn % 2)
        assert victim.stdout is not None
        assert victim.stdout.readline(), "it says when it begins"
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        end_worker(victim)
        workers.append(start_worker(cluster, manner))
    for worker in workers:
        end_worker(worker)


async def is_finished(databases: dict[str, Database]) -> bool:
    statement = "SELECT NOT EXISTS (SELECT FROM jobs WHERE kind = $1 AND state <> 'done')"
    return bool(await databases["task"].fetch_value(statement, job_worker.KIND))


async def effects(databases: dict[str, Database]) -> list[tuple[str, str]]:
    rows: list[asyncpg.Record] = await databases["owner"].fetch(
        "SELECT job::text, effect::text FROM public.drill_errands"
    )
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("manner", ["careful", "careless"])
async def test_every_job_of_killed_workers_finishes_with_one_effect(
    cluster: Cluster, databases: dict[str, Database], jobs: list[str], manner: str
) -> None:
    kill_workers(cluster, manner, KILLS)
    worker = start_worker(cluster, manner)
    try:
        await eventually(lambda: is_finished(databases), seconds=120)
    finally:
        end_worker(worker)
    faults = list_other_effects(await effects(databases), jobs, what="effect")
    assert (faults == []) is (manner == "careful"), faults[:5]
    attempts = await databases["task"].fetch_value("SELECT sum(attempts) FROM jobs WHERE kind = $1", job_worker.KIND)
    assert attempts > len(jobs), "nobody was killed at work"
