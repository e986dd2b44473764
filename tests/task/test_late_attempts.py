"""Attempts at a job that come late: what another one did, or what was not wanted any more, is not done again."""

import httpx
import pytest

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.task.actions.exports import finish_export, write_file
from taskyard.task.actions.import_rows import take_in
from taskyard.task.actions.imports import finish_import
from taskyard.task.actions.recurring_days import prepare_day, stop_for
from taskyard.task.models.exports import Exporting
from taskyard.task.models.imports import Importing
from taskyard.task.models.recurrences import Recurring

from .conftest import Acquaintances, World
from .recurring import DAY, PATH, made_by, today, types_of


@pytest.mark.usefixtures("runs_it")
async def test_a_file_is_told_of_once(ann: httpx.AsyncClient, world: World) -> None:
    people, asked = Acquaintances(), await ann.post("/exports", json={"workspace_id": world.workspace_id})
    named = Exporting(world.workspace_id, asked.json()["id"])
    for export in [await write_file(world.task, people, named) for _ in range(2)]:
        assert export is not None
        async with world.task.transaction() as tx:
            await finish_export(tx, export, clock.now())

    assert await types_of(world, named.export_id) == ["export.created.v1", "export.finished.v1"]
    assert await write_file(world.task, people, named) is None


async def test_an_import_is_told_of_once(ann: httpx.AsyncClient, world: World) -> None:
    more = "UPDATE project.access SET permissions = permissions | $3 WHERE subject_id = $1 AND project_id = $2"
    await world.owner.execute(more, world.ann, world.project_id, int(Permission.PROJECT_EDIT))
    people, body = Acquaintances(), {"project_id": world.project_id, "content": "key,title\n1,One\n"}
    named = Importing(world.workspace_id, (await ann.post("/imports", json=body)).json()["id"])
    for found in [await take_in(world.task, people, named, "") for _ in range(2)]:
        assert found is not None
        async with world.task.transaction() as tx:
            await finish_import(tx, found, clock.now())

    assert await types_of(world, named.import_id) == ["import.created.v1", "import.finished.v1"]
    assert await take_in(world.task, people, named, "") is None
    tasks = await ann.get("/tasks", params={"project_id": world.project_id})
    assert [task["title"] for task in tasks.json()["items"]] == ["One"]


async def test_a_recurrence_that_changed_after_a_refusal_is_not_paused(ann: httpx.AsyncClient, world: World) -> None:
    one = f"{PATH}/{(await made_by(ann, world))['id']}"
    due = Recurring(world.workspace_id, one.rpartition("/")[2], today() + DAY)
    prepared = await prepare_day(world.task, due)
    assert prepared is not None
    changed = await ann.patch(one, json={"task": {"title": "Mow the lawn"}})
    async with world.task.transaction() as tx:
        await stop_for(tx, due, prepared[0], "invalid_input")

    assert (await ann.get(one)).json() == changed.json()
    await ann.delete(one)
    async with world.task.transaction() as tx:
        await stop_for(tx, due, prepared[0], "invalid_input")
    assert (await ann.get(one)).status_code == 404
