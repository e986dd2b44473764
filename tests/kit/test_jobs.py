"""Every job is done, its effects once, whatever happens to the workers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from taskyard.kit import clock, jobs, logs
from taskyard.kit.database import Database
from taskyard.kit.housekeeping import KEEP_JOBS, KEEP_KEYS, forget_old_rows
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import Job, JobHandler, JobRunner, LeaseLost, Occurrence, Periodic, enqueue
from taskyard.kit.queries import jobs as queries
from taskyard.kit.roles import SERVICES
from taskyard.kit.signals import Signal
from tests.kit.log_writers import SCRATCH_TABLES, eventually, list_effects, place_all, running, write_events

BRIEF_LEASE = timedelta(milliseconds=300)


class Errand(msgspec.Struct, frozen=True):
    """What a job of these tests is to do."""

    effect: str


@pytest.fixture(autouse=True)
async def no_jobs(databases: dict[str, Database]) -> AsyncIterator[None]:
    await databases["owner"].execute(SCRATCH_TABLES)
    await databases["task"].execute("DELETE FROM jobs")
    yield
    await databases["task"].execute("DELETE FROM jobs")


def runner_of(databases: dict[str, Database], handlers: Mapping[str, JobHandler], *periodics: Periodic) -> JobRunner:
    return JobRunner(databases["task"], handlers, Signal(), periodics=periodics, lease=BRIEF_LEASE)


async def leave_effect(job: Job) -> None:
    """Write the effect in the transaction that finishes the job."""
    async with job.completing() as tx:
        await tx.execute(
            "INSERT INTO public.drill_effects (consumer, position) VALUES ($1, $2)", job.read(Errand).effect, job.number
        )


async def claim(databases: dict[str, Database], kind: str, lease: timedelta = BRIEF_LEASE) -> Job:
    rows = await queries.claim_jobs(databases["task"], clock.now(), [kind], lease, 1)
    return Job(databases["task"], rows[0])


async def state_of(databases: dict[str, Database], kind: str) -> list[tuple[str, int]]:
    rows = await databases["task"].fetch("SELECT state, attempts FROM jobs WHERE kind = $1", kind)
    return [(row["state"], row["attempts"]) for row in rows]


async def wait_for_state(databases: dict[str, Database], kind: str, state: str) -> None:
    async def is_reached() -> bool:
        return {each for each, _ in await state_of(databases, kind)} == {state}

    await eventually(is_reached, seconds=15)


async def test_job_is_queued_with_its_cause_or_not_at_all(databases: dict[str, Database]) -> None:
    effect = new_id()
    with pytest.raises(ZeroDivisionError):
        await _enqueue_and_fail(databases, effect)
    async with databases["task"].transaction() as tx:
        assert await enqueue(tx, "errand", Errand(effect), unique_key=effect)
        assert not await enqueue(tx, "errand", Errand(effect), unique_key=effect)
    async with running(*(runner_of(databases, {"errand": leave_effect}).run() for _ in range(3))):
        await wait_for_state(databases, "errand", "done")
    assert len(await list_effects(databases, effect)) == 1


async def _enqueue_and_fail(databases: dict[str, Database], effect: str) -> None:
    async with databases["task"].transaction() as tx:
        await enqueue(tx, "errand", Errand(effect))
        raise ZeroDivisionError


async def test_job_waits_until_it_is_due_by_the_business_clock(databases: dict[str, Database]) -> None:
    await enqueue(databases["task"], "errand", Errand(new_id()), due_at=clock.now() + timedelta(days=3))
    assert await queries.claim_jobs(databases["task"], clock.now(), ["errand"], BRIEF_LEASE, 1) == []
    clock.travel(timedelta(days=4))
    assert (await claim(databases, "errand")).attempts == 1


async def test_handler_that_returns_is_finished_by_the_runner(databases: dict[str, Database]) -> None:
    async def do_nothing(_job: Job) -> None:
        return

    await enqueue(databases["task"], "errand", Errand(new_id()))
    async with running(runner_of(databases, {"errand": do_nothing}).run()):
        await wait_for_state(databases, "errand", "done")


async def test_job_of_a_killed_worker_is_done_by_another_once(databases: dict[str, Database]) -> None:
    effect = new_id()
    await enqueue(databases["task"], "errand", Errand(effect))
    killed = await claim(databases, "errand")
    async with running(runner_of(databases, {"errand": leave_effect}).run()):
        await wait_for_state(databases, "errand", "done")
    assert await list_effects(databases, effect) == [killed.number + 1]


async def test_workers_killed_again_and_again_do_every_job_once(databases: dict[str, Database]) -> None:
    effects = [new_id() for _ in range(30)]
    for effect in effects:
        await enqueue(databases["task"], "errand", Errand(effect), max_attempts=1000)

    async def dawdle(job: Job) -> None:
        await asyncio.sleep(0.02)
        await leave_effect(job)

    async def kill_often() -> None:
        for _ in range(20):
            async with running(runner_of(databases, {"errand": dawdle}).run()):
                await asyncio.sleep(0.05)
            await claim_and_die(databases)

    await asyncio.gather(kill_often(), kill_often())
    async with running(runner_of(databases, {"errand": dawdle}).run()):
        await wait_for_state(databases, "errand", "done")
    assert [len(await list_effects(databases, effect)) for effect in effects] == [1] * 30


async def claim_and_die(databases: dict[str, Database]) -> None:
    """Take a job and never come back to it."""
    await queries.claim_jobs(databases["task"], clock.now(), ["errand"], BRIEF_LEASE, 1)


async def test_worker_stopped_past_its_lease_is_fenced_off(databases: dict[str, Database]) -> None:
    effect = new_id()
    await enqueue(databases["task"], "errand", Errand(effect))
    stopped = await claim(databases, "errand", timedelta(milliseconds=10))
    await asyncio.sleep(0.05)
    other = await claim(databases, "errand")
    with pytest.raises(LeaseLost):
        await leave_effect(stopped)
    await leave_effect(other)
    with pytest.raises(LeaseLost):
        await leave_effect(stopped)
    assert await list_effects(databases, effect) == [other.number]


async def test_lease_is_renewed_while_a_job_takes_long(databases: dict[str, Database]) -> None:
    effect = new_id()

    async def take_long(job: Job) -> None:
        await asyncio.sleep(BRIEF_LEASE.total_seconds() * 3)
        await leave_effect(job)

    await enqueue(databases["task"], "errand", Errand(effect))
    async with running(*(runner_of(databases, {"errand": take_long}).run() for _ in range(2))):
        await wait_for_state(databases, "errand", "done")
    assert await list_effects(databases, effect) == [1]


async def test_lines_of_a_job_name_it(databases: dict[str, Database]) -> None:
    seen = []

    async def note(job: Job) -> None:
        seen.append((logs.current_request(), (f"job:{job.id}", UUID(job.id).hex)))

    async with databases["task"].transaction() as tx:
        await enqueue(tx, "errand", Errand(new_id()))
    async with running(runner_of(databases, {"errand": note}).run()):
        await wait_for_state(databases, "errand", "done")
    ((told, expected),) = seen
    assert told == expected


async def test_work_is_stopped_when_its_lease_is_lost(databases: dict[str, Database]) -> None:
    stopped = asyncio.Event()

    async def wait_for_ever(_job: Job) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    await enqueue(databases["task"], "errand", Errand(new_id()))
    async with running(runner_of(databases, {"errand": wait_for_ever}).run()):
        await asyncio.sleep(0.2)
        await databases["task"].execute("UPDATE jobs SET lease_number = lease_number + 1 WHERE kind = 'errand'")
        await asyncio.wait_for(stopped.wait(), 5)
    assert await state_of(databases, "errand") == [("waiting", 1)]


async def test_stopping_runner_gives_its_job_back_untried(databases: dict[str, Database]) -> None:
    async def wait_for_ever(_job: Job) -> None:
        await asyncio.sleep(60)

    await enqueue(databases["task"], "errand", Errand(new_id()))
    async with running(runner_of(databases, {"errand": wait_for_ever}).run()):
        await asyncio.sleep(0.2)
        assert await state_of(databases, "errand") == [("waiting", 1)]
    assert await state_of(databases, "errand") == [("waiting", 0)]
    assert (await claim(databases, "errand")).attempts == 1


async def test_failing_job_is_retried_then_given_up(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FIRST_RETRY", 0.01)

    async def fail(_job: Job) -> None:
        raise ValueError("no\0use")

    await enqueue(databases["task"], "errand", Errand(new_id()), max_attempts=3)
    async with running(runner_of(databases, {"errand": fail}).run()):
        await wait_for_state(databases, "errand", "failed")
    row = await databases["task"].fetch_row("SELECT attempts, last_error, finished_at FROM jobs WHERE kind = 'errand'")
    assert row is not None
    assert row["attempts"] == 3
    assert "ValueError" in row["last_error"]
    assert row["finished_at"] is not None


async def test_periodic_job_runs_once_for_each_due_time(databases: dict[str, Database]) -> None:
    seen: list[datetime] = []

    async def note(job: Job) -> None:
        seen.append(job.read(Occurrence).due_at)

    clock.travel(timedelta(minutes=(70 - clock.now().minute) % 60))  # no real hour begins meanwhile
    hourly = Periodic("hourly", timedelta(hours=1))
    async with running(*(runner_of(databases, {"hourly": note}, hourly).run() for _ in range(3))):
        for hours in (0, 1, 1, 5):
            clock.travel(timedelta(hours=hours))
            await asyncio.sleep(1)
            await wait_for_state(databases, "hourly", "done")
    first = seen[0]
    assert sorted(seen) == [first + timedelta(hours=hours) for hours in (0, 1, 2, 7)]


def test_due_times_follow_the_period_or_the_schedule() -> None:
    at = datetime(2030, 5, 6, 7, 48, 9, tzinfo=UTC)
    assert Periodic("often", timedelta(minutes=30)).latest_due(at) == datetime(2030, 5, 6, 7, 30, tzinfo=UTC)
    monthly = Periodic("monthly", lambda now: now.replace(day=1, hour=0, minute=0, second=0))
    assert monthly.latest_due(at) == datetime(2030, 5, 1, tzinfo=UTC)


async def test_housekeeping_forgets_what_is_old_and_keeps_keys_longer(databases: dict[str, Database]) -> None:
    database = databases["task"]
    await enqueue(database, "plain", Errand("x"))
    await enqueue(database, "keyed", Errand("x"), unique_key=new_id())
    await database.execute("UPDATE jobs SET state = 'done', finished_at = $1", clock.now())
    await forget_old_rows(database)
    assert (len(await state_of(databases, "plain")), len(await state_of(databases, "keyed"))) == (1, 1)
    clock.travel(KEEP_JOBS + timedelta(days=1))
    await forget_old_rows(database)
    assert (len(await state_of(databases, "plain")), len(await state_of(databases, "keyed"))) == (0, 1)
    clock.travel(KEEP_KEYS)
    await forget_old_rows(database)
    assert await state_of(databases, "keyed") == []


async def test_housekeeping_leaves_the_history_alone(databases: dict[str, Database]) -> None:
    await write_events(databases["task"], 3)
    await place_all(databases)
    counted = "SELECT (SELECT count(*) FROM log.events), (SELECT count(*) FROM log.positions)"
    before = await databases["owner"].fetch(counted)
    clock.travel(KEEP_KEYS * 10)
    for service in SERVICES:
        await forget_old_rows(databases[service])
    assert await databases["owner"].fetch(counted) == before


async def test_housekeeping_runs_in_every_runner_and_gives_up_the_abandoned(databases: dict[str, Database]) -> None:
    await enqueue(databases["task"], "errand", Errand(new_id()), max_attempts=1)
    await claim(databases, "errand", timedelta(milliseconds=1))
    async with running(runner_of(databases, {}).run()):
        await wait_for_state(databases, "errand", "failed")


async def test_housekeeping_forgets_expired_answers(databases: dict[str, Database]) -> None:
    for scope, age in ((b"old", 25), (b"fresh", 23)):
        await databases["task"].execute(
            """
            INSERT INTO idempotency_keys (scope, fingerprint, status, headers, body, created_at)
            VALUES ($1, 'x', 200, '{}', 'x', $2)
            """,
            scope,
            clock.now() - timedelta(hours=age),
        )
    await forget_old_rows(databases["task"])
    rows = await databases["task"].fetch("DELETE FROM idempotency_keys RETURNING scope")
    assert b"old" not in [row[0] for row in rows]
    assert b"fresh" in [row[0] for row in rows]
