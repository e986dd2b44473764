"""Jobs of many tasks: whose they are, how they end, and that each task is worked on once."""

import asyncio
from datetime import timedelta
from unittest.mock import AsyncMock

import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable
from taskyard.task.actions import job_work
from taskyard.task.actions.long_jobs import finish_job
from taskyard.task.models.long_jobs import Working

from .conftest import As, NewTaskOf, World
from .working import LOW, ask, change, counts, read_job, work

TOMORROW = timedelta(days=1)


async def test_a_job_is_for_who_asked(
    as_person: As, ann: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await new_task()
    path = f"/jobs/{(await change(ann, world, LOW))['id']}"
    found = await ann.get(path)
    assert (await ann.get(path, headers={"If-None-Match": found.headers["etag"]})).status_code == 304
    unscoped = as_person(world.ann, scopes=frozenset({"comments:write"}))
    for client, status in ((as_person(world.bob), 404), (otto, 404), (unscoped, 403), (as_person(None), 401)):
        assert (await client.get(path)).status_code == status
        assert (await client.get(f"{path}/failures")).status_code == status
        assert (await client.post(f"{path}/cancel")).status_code == status
    assert (await ann.get("/jobs/x")).json()["code"] == "job_not_found"
    await world.owner.execute("DELETE FROM project.subjects WHERE person_id = $1", world.ann)
    assert (await ann.get(path)).status_code == 404


async def test_a_cancelled_job_leaves_alone_what_it_has_not_come_to(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "AT_ONCE", 1)
    for _ in range(3):
        await new_task()
    job = (await ask(ann, world, LOW)).json()
    named, headers = Working(world.workspace_id, job["id"]), {"Idempotency-Key": new_id()}
    assert await job_work._do_some(world.task, named)
    cancelled = await ann.post(f"/jobs/{job['id']}/cancel", headers=headers)
    await work(world.task)

    assert (cancelled.status_code, cancelled.json()["state"], counts(cancelled.json())) == (
        *(200, "cancelled"),
        (3, 1, 0, 0),
    )
    assert await read_job(ann, job) == cancelled.json()
    assert (await ann.post(f"/jobs/{job['id']}/cancel", headers=headers)).json() == cancelled.json()
    assert (await ann.post(f"/jobs/{job['id']}/cancel")).json()["code"] == "job_over"
    kinds = [kind for kind, _, _ in await world.events_of(job["id"])]
    assert kinds == ["job.created.v1", "job.cancelled.v1"]


async def test_a_job_can_wait_for_its_time(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, now = await new_task(), clock.now()
    job = (await ask(ann, world, LOW, starts_at=(now + TOMORROW).isoformat())).json()
    await work(world.task)
    assert (await read_job(ann, job))["state"] == "waiting"
    monkeypatch.setattr(clock, "now", lambda: now + TOMORROW + timedelta(minutes=1))
    await work(world.task)
    assert (await read_job(ann, job))["state"] == "done"
    assert (await ann.get(f"/tasks/{task['id']}")).json()["priority"] == "low"


async def test_two_at_work_change_each_task_once(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where one of them has lost its lease and does not know it yet."""
    monkeypatch.setattr(job_work, "AT_ONCE", 2)
    monkeypatch.setattr(job_work, "REST", 0.0)
    tasks = [await new_task() for _ in range(10)]
    job = (await ask(ann, world, LOW)).json()
    named = Working(world.workspace_id, job["id"])
    await asyncio.gather(*(job_work.work_off(world.task, named) for _ in range(3)))
    await work(world.task)

    assert counts(await read_job(ann, job)) == (10, 10, 0, 0)
    assert [len(await world.events_of(task["id"])) for task in tasks] == [2] * 10
    async with world.task.transaction() as tx:
        await finish_job(tx, named)
    assert len(await world.events_of(job["id"])) == 2


async def test_a_fault_of_ours_ends_an_attempt_and_the_next_goes_on(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "AT_ONCE", 2)
    tasks = [await new_task() for _ in range(4)]
    job = (await ask(ann, world, LOW)).json()
    named = Working(world.workspace_id, job["id"])
    assert await job_work._do_some(world.task, named)
    with monkeypatch.context() as patched:
        patched.setattr(job_work, "change_one", AsyncMock(side_effect=Unavailable))
        with pytest.raises(Unavailable):
            await job_work.work_off(world.task, named)
    assert counts(await read_job(ann, job)) == (4, 2, 0, 0)
    await work(world.task)
    assert counts(await read_job(ann, job)) == (4, 4, 0, 0)
    assert [len(await world.events_of(task["id"])) for task in tasks] == [2] * 4


async def test_a_job_that_was_given_up_has_failed(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    await new_task()
    job = (await ask(ann, world, LOW)).json()
    await world.task.execute("UPDATE jobs SET state = 'failed' WHERE unique_key = $1", f"long job {job['id']}")
    await world.task.execute("DELETE FROM jobs WHERE kind = 'tend_long_jobs'")
    await work(world.task, periodically=True)

    failed = await read_job(ann, job)
    assert (failed["state"], counts(failed)) == ("failed", (1, 0, 0, 0))
    assert (await ann.post(f"/jobs/{job['id']}/cancel")).json()["code"] == "job_over"


async def test_jobs_are_forgotten_after_a_week(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_task()
    job, now = await change(ann, world, LOW), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7, minutes=1))
    assert (await ann.get(f"/jobs/{job['id']}")).status_code == 404
    await work(world.task, periodically=True)
    for table in ("long_jobs WHERE id", "long_job_items WHERE job_id"):
        assert await world.task.fetch_value(f"SELECT count(*) FROM {table} = $1", job["id"]) == 0  # noqa: S608 - two names


async def test_nobody_has_more_than_ten_under_way(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    await new_task()
    answers = [await ask(ann, world, LOW) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [409]
    assert answers[-1].json()["code"] == "too_many_jobs"
    await work(world.task)
    assert (await ask(ann, world, LOW)).status_code == 202
