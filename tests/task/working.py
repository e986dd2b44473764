"""Changes of many tasks, asked for and worked off."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from taskyard.kit.database import Database
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import LONG_JOB_PERIODICS, long_job_handlers
from tests.kit.finishing import finish_jobs

from .conftest import World

Job = dict[str, Any]
LOW = {"op": "update", "patch": {"priority": "low"}}


async def work(database: Database, *, periodically: bool = False) -> None:
    """Let the jobs that are due be done."""
    runner = JobRunner(database, long_job_handlers(database), Signal(), periodics=LONG_JOB_PERIODICS)
    if periodically:
        await runner.queue_periodics()
    while await runner._start_jobs(2):
        await finish_jobs(runner)


async def ask(
    client: httpx.AsyncClient, world: World, operation: Job, query: str = "number > 0", **fields: Any
) -> httpx.Response:
    """Ask for a change of the tasks that a query finds."""
    body = {"workspace_id": world.workspace_id, "filter": query, "operation": operation, **fields}
    return await client.post("/tasks/bulk", json=body)


async def change(client: httpx.AsyncClient, world: World, operation: Job, query: str = "number > 0") -> Job:
    """Change the tasks that a query finds; the job when it is over."""
    asked = await ask(client, world, operation, query)
    assert asked.status_code == 202, asked.text
    await work(world.task)
    return await read_job(client, asked.json())


async def read_job(client: httpx.AsyncClient, job: Job) -> Job:
    """A job as it is by now."""
    answer = await client.get(f"/jobs/{job['id']}")
    assert answer.status_code == 200, answer.text
    found: Job = answer.json()
    return found


async def failures(client: httpx.AsyncClient, job: Job) -> list[tuple[str, str]]:
    """The tasks that were refused, and the codes of the problems."""
    answer = await client.get(f"/jobs/{job['id']}/failures")
    assert answer.status_code == 200, answer.text
    return [(one["task_id"], one["code"]) for one in answer.json()["items"]]


def counts(job: Job) -> tuple[int, int, int, int]:
    """How many tasks a job is about, and how many were changed, unchanged and refused."""
    return job["total"], job["changed"], job["unchanged"], job["refused"]


RequestOf = Callable[[str], str]


@pytest.fixture
def request_of(monkeypatch: pytest.MonkeyPatch) -> RequestOf:
    """Let all requests bear one id, as a client would give it."""

    def named(name: str) -> str:
        monkeypatch.setattr("taskyard.kit.requests.request_id_of", lambda _: name)
        return name

    return named
