"""Whoever changes many tasks is killed again and again in the middle of it; each task is changed once."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from taskyard.kit.database import Database
from taskyard.task.actions.job_work import AT_ONCE
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


async def changes_of(database: Database, world: World) -> list[tuple[str, str]]:
    """Each change of each task, with the task."""
    rows = await database.fetch(
        "SELECT resource_id::text, id::text FROM log.events WHERE project_id = $1 AND type = 'task.updated.v1'",
        world.project_id,
    )
    return [(row[0], row[1]) for row in rows]


async def test_each_task_is_changed_once_whoever_is_killed(
    cluster: Cluster, databases: dict[str, Database], ann: httpx.AsyncClient, world: World
) -> None:
    await make_tasks(ann, world)
    body = {"workspace_id": world.workspace_id, "filter": "number > 0"}
    asked = await ann.post("/tasks/bulk", json=body | {"operation": {"op": "update", "patch": {"priority": "low"}}})
    path, seen = f"/jobs/{asked.json()['id']}", 0

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
    tasks = [
        row[0] for row in await world.task.fetch("SELECT id::text FROM tasks WHERE project_id = $1", world.project_id)
    ]
    changes = await changes_of(databases["owner"], world)
    assert list_other_effects(changes, tasks, what="change") == []
