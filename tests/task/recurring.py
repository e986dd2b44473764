"""Recurrences as tests ask for them, and the jobs that make their tasks."""

from datetime import date, timedelta
from typing import Any

import httpx

from taskyard.kit import clock
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import handlers
from tests.kit.log_writers import eventually, running

from .conftest import World

DAY = timedelta(days=1)
PATH = "/recurrences"


def today() -> date:
    """The day by the clock that tests move."""
    return clock.now().date()


def wanted(world: World, **changes: Any) -> dict[str, Any]:
    """A recurrence to be made."""
    body = {
        "project_id": world.project_id,
        "rule": "FREQ=DAILY",
        "starts_on": str(today() + DAY),
        "task": {"title": "Water the plants"},
    }
    return body | changes


async def made_by(client: httpx.AsyncClient, world: World, **changes: Any) -> dict[str, Any]:
    """A new recurrence."""
    answer = await client.post(PATH, json=wanted(world, **changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def work_off(world: World, runners: int = 1) -> None:
    """Let jobs run until none is due."""
    due = "SELECT NOT EXISTS (SELECT FROM jobs WHERE kind = 'recur' AND state <> 'done' AND due_at <= $1)"

    async def is_done() -> bool:
        return bool(await world.task.fetch_value(due, clock.now()))

    async with running(*(JobRunner(world.task, handlers(world.task), Signal()).run() for _ in range(runners))):
        await eventually(is_done)


async def tasks_of(client: httpx.AsyncClient, world: World) -> list[dict[str, Any]]:
    """The tasks of the project by number."""
    answer = await client.get("/tasks", params={"project_id": world.project_id, "sort": "number"})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def types_of(world: World, recurrence_id: str) -> list[str]:
    """What was announced about a recurrence."""
    return [kind for kind, _, _ in await world.events_of(recurrence_id)]
