"""A list reads only tasks that it does not know as they are, and never shows one as it was."""

import pytest

from taskyard.kit.database import Database, Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.tasks import Task, TaskFilter
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.queries.listing import list_tasks
from tests.task.conftest import NewTaskOf, World


class Interrupted:
    """A database to which something happens right after the first statement."""

    def __init__(self, database: Database, owner: Statements, sql: str, task_id: str) -> None:
        self._database = database
        self._owner = owner
        self._change = (sql, task_id)
        self.asked = 0

    async def fetch(self, sql: str, *args: object) -> object:
        rows = await self._database.fetch(sql, *args)
        self.asked += 1
        if self.asked == 1:
            await self._owner.execute(*self._change)
        return rows


async def titles(known: KnownTasks, world: World) -> list[str]:
    return [task.title for task in await page(known, world)]


async def page(known: KnownTasks, world: World) -> list[Task]:
    found = await list_tasks(known, Principal(id=world.ann), TaskFilter(sort="created_at"), None, 10)
    return [one.task for one in found]


async def test_known_tasks_cost_one_statement(
    databases: dict[str, Database], world: World, new_task: NewTaskOf, statements: list[str]
) -> None:
    known = KnownTasks(databases["task"])
    await new_task(title="One")
    await new_task(title="Two")
    statements.clear()
    first = await page(known, world)
    assert len(statements) == 2, "which there are, and these"
    statements.clear()
    assert await page(known, world) == first
    assert len(statements) == 1


async def test_a_changed_task_is_read_again(
    databases: dict[str, Database], world: World, new_task: NewTaskOf, statements: list[str]
) -> None:
    known = KnownTasks(databases["task"])
    await new_task(title="One")
    changed = await new_task(title="Two")
    await page(known, world)
    await world.owner.execute("UPDATE task.tasks SET title = 'Three' WHERE id = $1", changed["id"])
    statements.clear()
    assert await titles(known, world) == ["One", "Three"], "although its version is the same"
    assert len(statements) == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE task.tasks SET title = 'Changed' WHERE id = $1", ["One", "Changed"]),
        ("UPDATE task.tasks SET title = 'Deleted', deleted_at = now() WHERE id = $1", ["One"]),
        ("DELETE FROM task.tasks WHERE id = $1", ["One"]),
    ],
)
async def test_a_task_that_changes_meanwhile_is_asked_for_again(
    databases: dict[str, Database], world: World, new_task: NewTaskOf, change: str, expected: list[str]
) -> None:
    await new_task(title="One")
    changed = await new_task(title="Two")
    between = Interrupted(databases["task"], world.owner, change, changed["id"])
    known = KnownTasks(between)  # type: ignore[arg-type] # of the database only fetch is asked for
    assert await titles(known, world) == expected
    assert between.asked == 3
    assert await titles(known, world) == expected


async def test_what_is_known_is_shown_to_nobody_who_does_not_see_it(
    databases: dict[str, Database], world: World, new_task: NewTaskOf
) -> None:
    known = KnownTasks(databases["task"])
    await new_task(title="One")
    assert await titles(known, world) == ["One"]
    await world.revoke(world.ann)
    assert await titles(known, world) == []
