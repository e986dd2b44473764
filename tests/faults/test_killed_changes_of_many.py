"""Whoever changes many tasks is killed again and again in the middle of it; each task is changed, or copied, once."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from taskyard.contracts.project_copies import ProjectCopied
from taskyard.kit.database import Cause, Database
from taskyard.kit.ids import derived_id, new_id
from taskyard.task.actions.job_work import AT_ONCE
from taskyard.task.actions.project_copies import begin_copies
from tests.conftest import Cluster
from tests.faults import bulk_worker
from tests.faults.checkers import list_other_effects
from tests.faults.length import either
from tests.kit.log_writers import eventually
from tests.task.conftest import World

pytestmark = pytest.mark.slow
KILLS = either(4, 40)
TASKS = (KILLS + 2) * AT_ONCE * 2


def start_worker(cluster: Cluster) -> "subprocess.Popen[bytes]":
    command = [sys.executable, bulk_worker.__file__, cluster.service_urls["task"]]
    environment = os.environ | {"PYTHONPATH": str(Path(bulk_worker.__file__).parents[2] / "src")}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def make_tasks(ann: httpx.AsyncClient, world: World) -> None:
    for start in range(0, TASKS, 200):
        new = {"op": "create", "task": {"project_id": world.project_id, "title": "Mend the roof"}}
        made = await ann.post("/tasks/batch", json={"operations": [new] * min(200, TASKS - start)})
        assert made.status_code == 200, made.text


async def events_of(database: Database, project_id: str, kind: str) -> list[tuple[str, str]]:
    """Each event of a type in a project, with its task."""
    rows = await database.fetch(
        "SELECT resource_id::text, id::text FROM log.events WHERE project_id = $1 AND type = $2", project_id, kind
    )
    return [(row[0], row[1]) for row in rows]


async def tasks_of(world: World, project_id: str) -> list[str]:
    """The ids of the tasks of a project."""
    return [row[0] for row in await world.task.fetch("SELECT id::text FROM tasks WHERE project_id = $1", project_id)]


async def test_each_task_is_changed_once_whoever_is_killed(
    cluster: Cluster, databases: dict[str, Database], ann: httpx.AsyncClient, world: World
) -> None:
    await make_tasks(ann, world)
    body = {"workspace_id": world.workspace_id, "filter": "number > 0"}
    asked = await ann.post("/tasks/bulk", json=body | {"operation": {"op": "update", "patch": {"priority": "low"}}})
    await kill_until_over(cluster, ann, asked.json()["id"])
    changes = await events_of(databases["owner"], world.project_id, "task.updated.v1")
    assert list_other_effects(changes, await tasks_of(world, world.project_id), what="change") == []


async def test_each_task_is_copied_once_whoever_is_killed(
    cluster: Cluster, databases: dict[str, Database], ann: httpx.AsyncClient, world: World
) -> None:
    await make_tasks(ann, world)
    copy, job_id = world.hidden_project_id, new_id()
    await world.grant(world.ann, copy, "admin")
    async with world.task.transaction(Cause(actor_id=world.ann, request_id="copy")) as tx:
        await begin_copies(tx, ProjectCopied(copy, world.workspace_id, world.project_id, world.ann, job_id))
    await kill_until_over(cluster, ann, job_id)
    copies = [derived_id(copy, task_id) for task_id in await tasks_of(world, world.project_id)]
    assert sorted(copies) == sorted(await tasks_of(world, copy))
    created = await events_of(databases["owner"], copy, "task.created.v1")
    assert list_other_effects(created, copies, what="creation") == []


async def kill_until_over(cluster: Cluster, ann: httpx.AsyncClient, job_id: str) -> None:
    """Kill whoever works on a job, each time a little later, and let the last one finish it."""
    path, seen = f"/jobs/{job_id}", 0

    async def job() -> dict[str, Any]:
        found: dict[str, Any] = (await ann.get(path)).json()
        return found

    async def is_further() -> bool:
        return int((await job())["changed"]) > seen

    async def is_over() -> bool:
        return str((await job())["state"]) == "done"

    for turn in range(KILLS + 1):
        worker = start_worker(cluster)
        try:
            await eventually(is_further if turn < KILLS else is_over, seconds=120)
        finally:
            worker.kill()
            worker.wait(10)
        seen = int((await job())["changed"])
        assert turn == KILLS or seen < TASKS, "it was over before anybody was killed in the middle of it"
    assert (await job())["changed"] == TASKS
