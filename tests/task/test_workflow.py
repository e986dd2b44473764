"""The way of tasks through the states of their project, where its workflow is enforced."""

import asyncio
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.actions.change import plan_update, update_task
from taskyard.task.models.tasks import TaskPatch

from .conftest import NewTaskOf, World


async def enforce(world: World, *transitions: tuple[str, str, list[str], list[str]]) -> None:
    """Let tasks go from and to the given states only, for the given roles and with the given fields."""
    place = (world.workspace_id, world.project_id)
    await world.owner.execute("INSERT INTO project.workflows VALUES ($1, $2, $3, true)", *place, new_id())
    for transition in transitions:
        await world.owner.execute(
            "INSERT INTO project.transitions VALUES ($1, $2, $3, $4, $5, $6)", *place, *transition
        )


async def limit(world: World, state: str, most: int, *, is_enforced: bool = True) -> None:
    await world.owner.execute(
        "UPDATE project.states SET wip_limit = $3, enforces_limit = $4 WHERE project_id = $1 AND key = $2",
        world.project_id,
        state,
        most,
        is_enforced,
    )


async def role_of(world: World, person_id: str) -> str:
    """A role that a person has in the workspace."""
    role_id = new_id()
    await world.owner.execute(
        "INSERT INTO project.roles VALUES ($1, $2, $3, 'Lead', 0)", world.workspace_id, role_id, role_id
    )
    await world.owner.execute(
        "INSERT INTO project.subjects VALUES ($1, $2, $3)", person_id, role_id, world.workspace_id
    )
    return role_id


async def go(
    client: httpx.AsyncClient, task: dict[str, Any], status: str, way: str = "transition", **fields: Any
) -> httpx.Response:
    path, body = f"/tasks/{task['id']}", {"status": status, **fields}
    return await (client.patch(path, json=body) if way == "patch" else client.post(path + "/transition", json=body))


@pytest.mark.parametrize("way", ["patch", "transition"])
async def test_only_transitions_of_the_workflow_are_gone(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, way: str
) -> None:
    task = await new_task()
    await enforce(world, ("todo", "in_progress", [], []), ("", "cancelled", [], []))
    refused = await go(ann, task, "done", way)

    assert (refused.status_code, refused.json()["code"]) == (409, "transition_not_allowed")
    assert "from todo to done" in refused.json()["detail"]
    assert [(await go(ann, task, status, way)).status_code for status in ("todo", "in_progress", "cancelled")] == [
        200
    ] * 3


async def test_workflow_that_is_not_enforced_refuses_nothing(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await enforce(world, ("todo", "in_progress", [], []))
    await world.owner.execute(
        "UPDATE project.workflows SET is_enforced = false WHERE project_id = $1", world.project_id
    )

    assert (await go(ann, await new_task(status="backlog"), "done")).status_code == 200


@pytest.mark.parametrize("way", ["patch", "transition"])
async def test_fields_that_are_missing_are_named(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, way: str
) -> None:
    task = await new_task()
    await enforce(world, ("todo", "done", [], ["assignee_ids", "due", "estimate", "description"]))
    refused = await go(ann, task, "done", way)

    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert (refused.status_code, pointers) == (422, ["/assignee_ids", "/due_on", "/estimate", "/description"])
    filled = {"assignee_ids": [world.bob], "due_at": "2027-01-01T00:00:00Z", "estimate": 0, "description": "How"}
    assert (await go(ann, task, "done", "patch", **filled)).status_code == 200


async def test_transition_is_for_its_roles(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()
    role_id = await role_of(world, world.bob)
    await enforce(world, ("todo", "done", [role_id], []), ("", "done", [], []))
    refused = await go(ann, task, "done")
    await world.owner.execute(
        """
        INSERT INTO project.project_members (workspace_id, project_id, subject_id, role_id, created_at)
        SELECT $1, $2, $3, $4, created_at FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        world.project_id,
        world.ann,
        role_id,
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert (await go(ann, task, "done")).status_code == 200


async def test_new_task_starts_in_the_default_or_where_the_workflow_says(ann: httpx.AsyncClient, world: World) -> None:
    await enforce(world, ("todo", "done", [], []), ("", "backlog", [], ["estimate"]))

    async def start(**fields: Any) -> int:
        body = {"project_id": world.project_id, "title": "x", **fields}
        return (await ann.post("/tasks", json=body)).status_code

    assert [await start(), await start(status="todo")] == [201, 201]
    assert [await start(status="done"), await start(status="backlog")] == [409, 422]
    assert await start(status="backlog", estimate=1) == 201


async def test_state_holds_no_more_tasks_than_its_limit(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    tasks = [await new_task() for _ in range(6)]
    await limit(world, "in_progress", 2)
    answers = await asyncio.gather(*(go(ann, task, "in_progress") for task in tasks))
    another = await ann.post("/tasks", json={"project_id": world.project_id, "title": "x", "status": "in_progress"})

    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409, 409, 409]
    assert (another.status_code, another.json()["code"]) == (409, "wip_limit_reached")
    inside = next(task for task, answer in zip(tasks, answers, strict=True) if answer.status_code == 200)
    assert (await go(ann, inside, "in_progress", "patch", title="Stays")).status_code == 200


async def test_limit_that_is_not_enforced_refuses_nothing(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await limit(world, "done", 1, is_enforced=False)

    assert [(await go(ann, await new_task(), "done")).status_code for _ in range(2)] == [200, 200]


async def test_overtaken_transition_is_decided_again(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    database, caller, task = world.task, Principal(id=world.ann), await new_task()
    await enforce(world, ("todo", "in_progress", [], []))
    plan = await plan_update(database, caller, task["id"], TaskPatch(status="in_progress"))
    await ann.patch(f"/tasks/{task['id']}", json={"title": "Faster"})
    async with database.transaction() as tx:
        moved = await update_task(tx, caller, plan)

    assert (moved.title, moved.status, moved.version) == ("Faster", "in_progress", 3)


async def test_transition_takes_two_statements(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, statements: list[str]
) -> None:
    task = await new_task()
    await enforce(world, ("todo", "done", [], ["description"]))
    statements.clear()
    await go(ann, task, "done", "patch", description="How")

    assert len(statements) == 2
