"""Histories of work that chance wrote, and reports computed from the log in the plainest way there is."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec

from taskyard.kit import clock
from taskyard.kit.ids import new_id

from .conftest import STATES, World

FIRST, LAST = date(2026, 10, 20), date(2026, 11, 2)
"""Two weeks over the end of summer time in Europe."""


async def add_iteration(world: World, starts_on: date, ends_on: date) -> str:
    """An iteration that tasks can be planned for."""
    iteration_id = new_id()
    await world.owner.execute(
        """
        INSERT INTO project.iterations (workspace_id, project_id, id, name, name_folded, goal, starts_on, ends_on,
                                        state, created_at, updated_at)
        VALUES ($1, $2, $3::uuid, $3::uuid::text, $3::uuid::text, '', $4, $5, 'planned', $6, $6)
        """,
        world.workspace_id,
        world.project_id,
        iteration_id,
        starts_on,
        ends_on,
        clock.now(),
    )
    return iteration_id


async def work(ann: httpx.AsyncClient, world: World, iterations: list[str], seed: int, turns: int) -> None:
    """Make, change, finish, delete and restore tasks for some days, the clock going on by hours."""
    chance, tasks, gone = random.Random(seed), list[str](), set[str]()  # noqa: S311 - a story, no secret
    people = [[], [world.ann], [world.bob], [world.ann, world.bob]]
    for _ in range(turns):
        clock.travel(timedelta(minutes=chance.randint(0, 300)))
        fields = {
            "status": chance.choice(list(STATES)),
            "assignee_ids": chance.choice(people),
            "estimate": chance.choice([None, 1, 2.5, 8.25]),
            "iteration_id": chance.choice([None, *iterations]),
        }
        some = {name: fields[name] for name in chance.sample(list(fields), chance.randint(1, 4))}
        if not tasks or chance.random() < 0.3:
            body = {"project_id": world.project_id, "title": "x", **fields}
            tasks.append((await ann.post("/tasks", json=body)).raise_for_status().json()["id"])
            continue
        task_id = chance.choice(tasks)
        if task_id in gone:
            (await ann.post(f"/tasks/{task_id}/restore")).raise_for_status()
            gone.remove(task_id)
        elif chance.random() < 0.1:
            (await ann.delete(f"/tasks/{task_id}")).raise_for_status()
            gone.add(task_id)
        else:
            (await ann.patch(f"/tasks/{task_id}", json={"title": new_id(), **some})).raise_for_status()


def travel_to(instant: datetime) -> None:
    clock.travel(instant - clock.now())


def days_of(found: dict[str, Any]) -> list[date]:
    return [date.fromisoformat(day["on"]) for day in found["days"]]


class Past:
    """The events of the tasks of a project, as they were written."""

    def __init__(self, rows: list[Any]) -> None:
        self.events = [(row[0], row[1], msgspec.json.decode(row[2])) for row in rows]

    @classmethod
    async def of(cls, world: World) -> "Past":
        """All there is."""
        return cls(
            await world.owner.fetch(
                "SELECT at, type, data FROM log.events WHERE project_id = $1 AND type LIKE 'task.%' ORDER BY id",
                world.project_id,
            )
        )

    def tasks(self, before: datetime) -> list[dict[str, Any]]:
        """The tasks that were there right before an instant."""
        found = {data["id"]: (kind, data) for at, kind, data in self.events if at < before}
        return [data for kind, data in found.values() if kind != "task.deleted.v1"]

    def first_in_progress(self, task_id: str) -> datetime | None:
        """When a task first was in progress."""
        return next(
            (at for at, _, data in self.events if data["id"] == task_id and data["status"] == "in_progress"), None
        )


def end_of(day: date, zone: str) -> datetime:
    """The instant at which a day is over."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def open_and_completed(tasks: list[dict[str, Any]]) -> tuple[int, float, int, float]:
    """The number and estimate of open tasks, and of completed ones."""
    halves = [[task for task in tasks if (task["completed_at"] is not None) is done] for done in (False, True)]
    (opened, left), (completed, done) = [(len(half), sum(task["estimate"] or 0 for task in half)) for half in halves]
    return opened, left, completed, done
