"""What monitoring asks the database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from taskyard.kit import clock
from taskyard.kit.census import Census
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.queries import consumers, jobs

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def task(databases: dict[str, Database]) -> AsyncIterator[Database]:
    """A service nobody else works for, before the test and after it."""
    await _clear(databases["task"])
    yield databases["task"]
    await _clear(databases["task"])
    await databases["owner"].execute("DELETE FROM log.event_queue WHERE event_id < 0")


async def _clear(task: Database) -> None:
    for table in ("jobs", "consumer_cursors", "dead_letters"):
        await task.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant


async def _numbers(databases: dict[str, Database]) -> str:
    async def seven() -> int:
        return 7

    registry = CollectorRegistry()
    await Census(databases["sequencer"], {"task": databases["task"]}, {"cats": seven}, registry=registry).count()
    return generate_latest(registry).decode()


async def test_due_jobs_are_counted_with_their_age(databases: dict[str, Database], task: Database) -> None:
    for due_at in (clock.now() - MINUTE, clock.now() + MINUTE):
        await jobs.insert_job(
            task, job_id=new_id(), kind="x", unique_key=None, payload="{}", due_at=due_at, max_attempts=1
        )
    numbers = await _numbers(databases)
    assert 'taskyard_jobs{service="task",state="due"} 1.0' in numbers
    assert 'taskyard_jobs{service="task",state="scheduled"} 1.0' in numbers
    assert 'taskyard_jobs_oldest_due_seconds{service="task"} 6' in numbers


async def test_consumers_and_their_dead_letters_are_counted(databases: dict[str, Database], task: Database) -> None:
    await consumers.insert_cursor(task, "slow", at_head=True)
    await consumers.insert_dead_letter(task, "slow", 1, "boom", clock.now())
    numbers = await _numbers(databases)
    assert 'taskyard_consumer_behind_events{consumer="slow"} 0.0' in numbers
    assert 'taskyard_dead_letters{consumer="slow"} 1.0' in numbers


async def test_events_without_position_are_counted(databases: dict[str, Database], task: Database) -> None:
    del task
    await databases["owner"].execute("INSERT INTO log.event_queue (event_id) VALUES (-1)")
    numbers = await _numbers(databases)
    assert "taskyard_events_unpositioned 0.0" not in numbers


async def test_totals_are_shown(databases: dict[str, Database]) -> None:
    assert 'taskyard_things{kind="cats"} 7.0' in await _numbers(databases)
