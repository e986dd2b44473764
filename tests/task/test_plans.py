"""Milestones and iterations, at tasks."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.project import ITERATION_CLOSED, ITERATION_DELETED, MILESTONE_DELETED
from taskyard.kit.ids import new_id

from .conftest import NewTaskOf, World
from .following import event_of, follow
from .test_revert import newest


async def add_milestone(world: World, project_id: str = "") -> str:
    milestone_id = new_id()
    await world.owner.execute(
        """
        INSERT INTO project.milestones (workspace_id, project_id, id, name, name_folded, description, created_at,
                                        updated_at)
        SELECT $1, $2, $3::uuid, $3::uuid::text, $3::uuid::text, '', created_at, created_at
          FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        project_id or world.project_id,
        milestone_id,
    )
    return milestone_id


async def add_iteration(world: World, state: str = "planned") -> str:
    iteration_id = new_id()
    await world.owner.execute(
        """
        INSERT INTO project.iterations (workspace_id, project_id, id, name, name_folded, goal, starts_on, ends_on,
                                        state, created_at, updated_at)
        SELECT $1, $2, $3::uuid, $3::uuid::text, $3::uuid::text, '', '2027-01-01', '2027-01-14', $4,
               created_at, created_at
          FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        world.project_id,
        iteration_id,
        state,
    )
    return iteration_id


async def test_task_leads_to_a_milestone_and_is_done_in_an_iteration(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    plans = {"milestone_id": await add_milestone(world), "iteration_id": await add_iteration(world, "active")}
    task = await new_task(**plans)
    path = f"/tasks/{task['id']}"
    await new_task()

    assert {name: task[name] for name in plans} == plans
    for query in ({"milestone": plans["milestone_id"]}, {"iteration": plans["iteration_id"], "filter": "key = OPS-1"}):
        assert [one["id"] for one in (await ann.get("/tasks", params=query)).json()["items"]] == [task["id"]]
    changed = (await ann.patch(path, json=dict.fromkeys(plans))).json()
    assert {name: changed[name] for name in plans} == dict.fromkeys(plans)
    assert (await ann.patch(path, json=plans)).json()["version"] == 3


@pytest.mark.parametrize("field", ["milestone_id", "iteration_id"])
@pytest.mark.parametrize("way", ["create", "change"])
async def test_plan_that_the_project_does_not_have_is_named(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, field: str, way: str
) -> None:
    is_milestone = field == "milestone_id"
    foreign = await (add_milestone(world, world.hidden_project_id) if is_milestone else add_iteration(world, "closed"))
    if way == "create":
        answer = await ann.post("/tasks", json={"project_id": world.project_id, "title": "x", field: foreign})
    else:
        answer = await ann.patch(f"/tasks/{(await new_task())['id']}", json={field: foreign})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


async def test_open_tasks_are_carried_over_and_done_ones_stay(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    over, following = await add_iteration(world, "active"), await add_iteration(world)
    task, done = await new_task(iteration_id=over), await new_task(iteration_id=over, status="done")
    await world.owner.execute("UPDATE project.iterations SET state = 'closed' WHERE id = $1", over)
    await follow(world, event_of(world, ITERATION_CLOSED, "", resource_id=over, moved_to=following))

    found: list[Any] = [(await ann.get(f"/tasks/{one['id']}")).json()["iteration_id"] for one in (task, done)]
    assert found == [following, over]
    assert (await world.events_of(task["id"]))[-1][2] == {"iteration_id": {"from": over, "to": following}}
    assert (await ann.patch(f"/tasks/{done['id']}", json={"title": "x", "iteration_id": over})).status_code == 200


async def test_tasks_lose_plans_that_were_given_up(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    plans = {"milestone_id": await add_milestone(world), "iteration_id": await add_iteration(world)}
    task, trashed = await new_task(**plans), await new_task(**plans)
    await ann.delete(f"/tasks/{trashed['id']}")
    for table in ("milestones", "iterations"):
        await world.owner.execute(
            f"UPDATE project.{table} SET deleted_at = created_at WHERE project_id = $1",  # noqa: S608 - ours
            world.project_id,
        )
    await follow(world, event_of(world, MILESTONE_DELETED, "", resource_id=plans["milestone_id"]))
    await follow(world, event_of(world, ITERATION_DELETED, "", resource_id=plans["iteration_id"]))

    left = (await ann.get(f"/tasks/{task['id']}")).json()
    restored = (await ann.post(f"/tasks/{trashed['id']}/restore")).json()
    for one in (left, restored):
        assert {name: one[name] for name in plans} == dict.fromkeys(plans)


async def test_task_keeps_its_plans_through_the_trash(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    plans = {"milestone_id": await add_milestone(world), "iteration_id": await add_iteration(world)}
    path = f"/tasks/{(await new_task(**plans))['id']}"
    await ann.delete(path)

    restored = (await ann.post(f"{path}/restore")).json()
    assert {name: restored[name] for name in plans} == plans


async def test_change_of_a_value_is_undone(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    await world.owner.execute(
        """
        INSERT INTO project.fields (workspace_id, project_id, id, key, name, kind, is_required, options, created_at,
                                    updated_at)
        SELECT $1, $2, $3, 'size', 'Size', 'number', false, '{}', created_at, created_at
          FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        world.project_id,
        new_id(),
    )
    path = f"/tasks/{(await new_task())['id']}"
    await ann.patch(path, json={"custom": {"size": 1}})
    undone = await ann.post(await newest(ann, {"id": path.rpartition("/")[2]}))

    assert undone.json()["custom"] == {}
