"""Projects in numbers, through the door."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.project.conftest import Api, Status, World


async def add_task(owner: Database, world: World, project_id: str, number: int, **fields: Any) -> None:
    task = {"status": "todo", "assignee_ids": list[str](), "due_on": None, "due_at": None, "estimate": None, **fields}
    finished = clock.now() if task["status"] in {"done", "cancelled"} else None
    await owner.execute(
        """
        INSERT INTO task.tasks (workspace_id, project_id, id, number, key, title, status, assignee_ids, due_on, due_at,
                                estimate, completed_at, deleted_at, archived_at, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'OPS-' || $4::integer, 'x', $5, $6, $7, $8, $9::float8, $10, $11, $12, $13, $14, $14)
        """,
        world.workspace_id,
        project_id,
        new_id(),
        number,
        task["status"],
        task["assignee_ids"],
        task["due_on"],
        task["due_at"],
        task["estimate"],
        finished,
        fields.get("deleted_at"),
        fields.get("archived_at"),
        world.owner,
        clock.now(),
    )


async def test_tasks_are_counted(api: Api, world: World, databases: dict[str, Database]) -> None:
    owner, project = databases["owner"], (await world.project())["id"]
    now = clock.now()
    today, yesterday = now.date(), now.date() - timedelta(days=1)
    tasks: list[dict[str, date | datetime | str | float | list[str] | None]] = [
        {"due_on": yesterday, "estimate": 2.5},
        {"due_on": today, "assignee_ids": [world.member], "estimate": 1},
        {"due_at": now - timedelta(minutes=1), "status": "in_progress", "assignee_ids": [world.member]},
        {"due_on": yesterday, "status": "done", "estimate": 8},
        {"status": "cancelled"},
        {"deleted_at": now},
        {"archived_at": now},
    ]
    for number, task in enumerate(tasks, 1):
        await add_task(owner, world, project, number, **task)
    stats = (await api.send(world.viewer, "GET", f"/projects/{project}/stats")).json()
    counted = {name: value for name, value in stats.items() if name != "states"}
    assert counted == {
        "project_id": project,
        "open": 3,
        "completed": 2,
        "overdue": 2,
        "unassigned": 1,
        "open_estimate": 3.5,
    }
    assert {state["key"]: state["tasks"] for state in stats["states"]} == {
        "backlog": 0,
        "todo": 2,
        "in_progress": 1,
        "in_review": 0,
        "done": 1,
        "cancelled": 1,
    }


async def test_who_sees_the_numbers(status: Status, world: World) -> None:
    path = f"/projects/{(await world.project())['id']}/stats"
    assert await status(world.viewer, "GET", path) == 200
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", path) == 404
    assert await status(world.owner, "GET", "/projects/nonsense/stats") == 404
    assert await status(world.owner, "GET", f"{path}?today=2027-01-01") == 422


async def test_a_day_is_over_when_it_is_over_where_the_caller_is(
    api: Api, world: World, databases: dict[str, Database]
) -> None:
    project = (await world.project())["id"]
    zones = {world.viewer: "Pacific/Kiritimati", world.member: "Pacific/Midway"}  # 25 hours apart
    api.people.zones |= zones
    today = clock.now().astimezone(ZoneInfo("Pacific/Midway")).date()
    await add_task(databases["owner"], world, project, 1, due_on=today)
    found = [(await api.send(person, "GET", f"/projects/{project}/stats")).json()["overdue"] for person in zones]

    assert found == [1, 0]
