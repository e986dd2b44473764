"""What tasks do after a state of theirs was given up, or became one of another category."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.project import STATE_DELETED, STATE_UPDATED
from taskyard.kit import clock
from taskyard.kit.ids import new_id

from .conftest import NewTaskOf, World
from .following import event_of, follow


async def give_up(world: World, key: str, successor: str) -> None:
    """Give up a state, as the project service does."""
    await world.owner.execute(
        "UPDATE project.states SET deleted_at = $3, successor_key = $4, is_default = false "
        "WHERE project_id = $1 AND key = $2 AND deleted_at IS NULL",
        world.project_id,
        key,
        clock.now(),
        successor,
    )


async def test_tasks_follow_to_the_state_that_took_over(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task, other = await new_task(status="in_progress"), await new_task()
    await give_up(world, "in_progress", "done")
    await follow(world, event_of(world, STATE_DELETED, "in_progress"))
    moved = (await ann.get(f"/tasks/{task['id']}")).json()

    assert (moved["status"], moved["version"], moved["completed_at"] is None) == ("done", 2, False)
    kind, version, changes = (await world.events_of(task["id"]))[-1]
    assert (kind, version, changes["status"]) == ("task.transitioned.v1", 2, {"from": "in_progress", "to": "done"})
    assert (await ann.get(f"/tasks/{other['id']}")).json() == other


async def test_tasks_follow_along_a_chain_of_states(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task(status="backlog")
    await give_up(world, "backlog", "in_progress")
    await give_up(world, "in_progress", "done")
    await follow(world, event_of(world, STATE_DELETED, "backlog"))

    assert (await ann.get(f"/tasks/{task['id']}")).json()["status"] == "done"


async def test_tasks_stay_where_a_state_of_the_same_key_was_made_anew(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task(status="backlog")
    await give_up(world, "backlog", "done")
    await world.owner.execute(
        "INSERT INTO project.states VALUES ($1, $2, $3, 'backlog', 'Backlog', 'backlog', 9, false)",
        world.workspace_id,
        world.project_id,
        new_id(),
    )
    await follow(world, event_of(world, STATE_DELETED, "backlog"))

    assert (await ann.get(f"/tasks/{task['id']}")).json() == task


async def test_tasks_are_completed_when_their_state_becomes_a_finished_one(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    tasks = [await new_task(status="in_progress") for _ in range(2)]
    await world.owner.execute(
        "UPDATE project.states SET category = 'done' WHERE project_id = $1 AND key = 'in_progress'", world.project_id
    )
    await follow(world, event_of(world, STATE_UPDATED, "in_progress", "category"))

    for task in tasks:
        assert (await ann.get(f"/tasks/{task['id']}")).json()["completed_at"] is not None
        assert (await world.events_of(task["id"]))[-1][:2] == ("task.updated.v1", 2)


async def test_renamed_state_entails_nothing(world: World) -> None:
    assert await follow(world, event_of(world, STATE_UPDATED, "todo", "name")) == 0


async def test_many_tasks_follow_in_parts(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.moves.AT_ONCE", 2)
    tasks = [await new_task(status="backlog") for _ in range(5)]
    await give_up(world, "backlog", "todo")
    await follow(world, event_of(world, STATE_DELETED, "backlog"))

    found: list[Any] = [(await ann.get(f"/tasks/{task['id']}")).json()["status"] for task in tasks]
    assert found == ["todo"] * 5


async def test_project_without_states_keeps_its_tasks(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    await world.owner.execute("DELETE FROM project.states WHERE project_id = $1", world.project_id)
    await follow(world, event_of(world, STATE_DELETED, "todo"))
    await ann.delete(f"/tasks/{task['id']}")

    assert (await ann.post(f"/tasks/{task['id']}/restore")).json()["status"] == "todo"


async def test_task_comes_out_of_the_trash_into_the_state_that_took_over(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path = f"/tasks/{(await new_task(status='backlog'))['id']}"
    await ann.delete(path)
    await give_up(world, "backlog", "cancelled")
    await follow(world, event_of(world, STATE_DELETED, "backlog"))
    restored = (await ann.post(f"{path}/restore")).json()

    assert (restored["status"], restored["completed_at"] is None) == ("cancelled", False)
