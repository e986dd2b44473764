"""The numbers of a project's tasks: each given once, whoever asks at the same time."""

import asyncio

import httpx

from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from taskyard.task.actions.create import prepare_task
from taskyard.task.models.tasks import NewTask

from .conftest import NewTaskOf, World


async def test_creates_at_the_same_time_get_neighbouring_numbers(new_task: NewTaskOf) -> None:
    tasks = await asyncio.gather(*(new_task(title=f"Task {turn}") for turn in range(50)))

    assert sorted(task["number"] for task in tasks) == list(range(1, 51))


async def test_two_processes_never_give_the_same_number(databases: dict[str, Database], world: World) -> None:
    other = Database(databases["task"].pool._url)
    new = NewTask(project_id=world.project_id, title="x")
    drafts = await asyncio.gather(
        *(prepare_task((databases["task"], other)[turn % 2], Principal(id=world.ann), new) for turn in range(100))
    )
    await other.close()

    assert sorted(draft.place.number for draft in drafts if draft.place) == list(range(1, 101))


async def test_who_may_not_create_takes_no_number(vera: httpx.AsyncClient, world: World) -> None:
    refused = await vera.post("/tasks", json={"project_id": world.project_id, "title": "x"})

    assert refused.status_code == 403
    taken = "SELECT count(*) FROM task.project_counters WHERE project_id = $1"
    assert await world.owner.fetch_value(taken, world.project_id) == 0


async def test_projects_are_numbered_apart(new_task: NewTaskOf, world: World) -> None:
    other = await world.add_project("WEB")
    await world.grant(world.ann, other, "member")
    keys = [(await new_task(project_id=project))["key"] for project in (world.project_id, other, other)]

    assert [key.rpartition("-")[2] for key in keys] == ["1", "1", "2"]
