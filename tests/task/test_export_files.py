"""How the files of exports are written: in parts, as of one instant, and again after a failure."""

import httpx
import pytest

from taskyard.contracts.people import Person
from taskyard.kit import clock
from taskyard.task.actions.exports import write_file
from taskyard.task.models.exports import Exporting

from .conftest import Acquaintances, NewCommentOf, NewTaskOf, World

pytestmark = pytest.mark.usefixtures("runs_it")


class _Failing(Acquaintances):
    """Does not answer the first time."""

    failures = 1

    async def list_people(self, *, ids: list[str]) -> list[Person]:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        return await super().list_people(ids=ids)


async def asked_for(ann: httpx.AsyncClient, world: World) -> Exporting:
    asked = await ann.post("/exports", json={"workspace_id": world.workspace_id})
    return Exporting(world.workspace_id, asked.json()["id"])


async def content_of(world: World, named: Exporting) -> list[bytes]:
    parts = "SELECT content FROM task.export_parts WHERE export_id = $1 ORDER BY number"
    return [row[0] for row in await world.owner.fetch(parts, named.export_id)]


async def test_a_larger_workspace_is_written_in_parts_and_again_after_a_failure(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await new_task(description="x" * 1000)
    monkeypatch.setattr("taskyard.task.actions.exports.PART_BYTES", 2000)
    monkeypatch.setattr("taskyard.task.queries.workspaces.AT_ONCE", 2)
    people, named = _Failing(), await asked_for(ann, world)
    with pytest.raises(ConnectionError):
        await write_file(world.task, people, named)
    for _ in range(2):
        await write_file(world.task, people, named)
    parts = await content_of(world, named)

    assert len(parts) > 2
    assert b"".join(parts).count(b'"kind":"task"') == 5
    halfway = (await ann.get(f"/exports/{named.export_id}")).json()
    assert (halfway["state"], halfway["tasks_done"], halfway["tasks_total"]) == ("running", 5, 5)


async def test_what_happens_meanwhile_is_not_in_it(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_comment()

    async def throw_away(*_: object) -> None:
        away = "UPDATE task.tasks SET deleted_at = $2 WHERE workspace_id = $1"
        await world.owner.execute(away, world.workspace_id, clock.now())

    monkeypatch.setattr("taskyard.task.actions.exports.PART_BYTES", 1)
    monkeypatch.setattr("taskyard.task.queries.exports.store_progress", throw_away)
    named = await asked_for(ann, world)
    await write_file(world.task, Acquaintances(), named)

    assert b"".join(await content_of(world, named)).count(b'"kind":"comment"') == 1
