"""However many tasks there are, a list touches as many pages as it has rows, and a search a bounded number.

Twenty thousand tasks of two hundred projects, of which five have two thousand each: enough for a statement that reads
all of a project's to be seen. ``make bench-scale`` does the same with a million.
"""

from typing import Any

import msgspec
import pytest

from benchmarks.scale.cases import FILTERS, ORDERS, Asked, ask, look_for
from benchmarks.scale.company import Company, write_tasks, write_words
from benchmarks.scale.figures import MOST_SEARCHED, most_of_a_list, most_of_a_merge
from benchmarks.scale.plans import Cost, cost_of
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.actions.filtering import read_sort
from taskyard.task.models.tasks import Task
from taskyard.task.queries.listing import list_trash
from taskyard.task.queries.search import MOST_RANKED
from taskyard.task.queries.search_index import BLOCK_BITS

from .conftest import World

TASKS, PROJECTS, PEOPLE = 20_000, 200, 200
PAGES = 4
ROWS = 21
"""A page of twenty, and the row that says whether there are more."""
WORDS = (["look"], ["roof"], ["piano", "paint"], ["word", "squeaks"], ["engine", "nobody"])


class Crowd:
    """Who sees one, three and all of the projects."""

    def __init__(self, world: World, tasks: Database) -> None:
        self.world, self.tasks = world, tasks
        self.callers = {1: world.ann, 3: world.bob, PROJECTS: world.vera}

    async def cost(self, seen: int, asked: Asked) -> Cost:
        """What the first page of a list costs who sees so many projects."""
        return await cost_of(self.tasks, lambda db: ask(db, self.callers[seen], asked, ROWS))

    async def walk(self, seen: int, asked: Asked) -> list[str]:
        """The tasks on the first pages of a list."""
        found: list[Task] = []
        for _ in range(PAGES):
            last = found[-1] if found else None
            found += await ask(self.tasks, self.callers[seen], asked, ROWS, last)
        return [task.id for task in found]

    async def expected(self, seen: int, asked: Asked, condition: str) -> list[str]:
        """The same, by sorting everything."""
        [key] = read_sort(asked.order)
        column = "coalesce(due_on::timestamp, due_at AT TIME ZONE 'UTC')" if key.field == "due" else key.field
        direction = "DESC" if key.is_descending else "ASC"
        rows = await self.world.owner.fetch(
            f"""
            SELECT id::text FROM task.tasks t
             WHERE project_id IN (SELECT project_id FROM project.access WHERE subject_id = $1)
               AND deleted_at IS NULL AND {condition}
             ORDER BY {column} {direction} NULLS LAST, id {direction} LIMIT {PAGES * ROWS}
            """,  # noqa: S608 - ours
            self.callers[seen],
        )
        return [row[0] for row in rows]

    async def trash(self, seen: int, container: tuple[str | None, str | None]) -> Cost:
        """What the first page of the trash costs them."""
        caller = Principal(id=self.callers[seen])
        return await cost_of(self.tasks, lambda db: list_trash(db, caller, container, None, ROWS))

    async def search(self, seen: int, words: list[str]) -> Cost:
        """What the first page of a search costs them."""
        return await cost_of(self.tasks, lambda db: look_for(db, self.callers[seen], words, ROWS))


@pytest.fixture
async def crowd(world: World, databases: dict[str, Database]) -> Crowd:
    owner = databases["owner"]
    await owner.execute("TRUNCATE task.comments, task.tasks, task.search_documents, project.access CASCADE")
    projects = [await world.add_project(f"P{n}") for n in range(1, PROJECTS + 1)]
    for person, seen in ((world.ann, projects[:1]), (world.bob, projects[4:7]), (world.vera, projects)):
        for project in seen:
            await world.grant(person, project, "member")
    people = [world.ann, world.bob, world.vera, *(new_id() for _ in range(PEOPLE))]
    await write_tasks(owner, Company(world.workspace_id, projects, people), (1, TASKS), clock.now())
    await owner.execute("VACUUM ANALYZE task.tasks, project.access, project.sign_ins, project.projects")
    return Crowd(world, databases["task"])


async def test_every_order_of_few_projects_is_read_from_an_index(crowd: Crowd) -> None:
    costs = {(seen, order): await crowd.cost(seen, Asked(order)) for seen in (1, 3) for order in ORDERS}

    assert {cost.rows for cost in costs.values()} == {ROWS}
    assert {asked: cost.buffers for asked, cost in costs.items() if cost.buffers > most_of_a_list(cost.rows)} == {}


async def test_a_column_in_its_order_is_read_from_an_index(crowd: Crowd) -> None:
    [(project_id,)] = await crowd.world.owner.fetch(
        "SELECT project_id::text FROM project.access WHERE subject_id = $1 AND workspace_id = $2",
        crowd.world.ann,
        crowd.world.workspace_id,
    )
    column = {"project_id": project_id, "status": "done"}
    costs = [await crowd.cost(1, Asked(order, wishes=column)) for order in ("rank", "-rank")]

    assert [cost.rows for cost in costs] == [ROWS] * 2
    assert [cost.buffers for cost in costs if cost.buffers > most_of_a_list(cost.rows)] == []


async def test_lists_do_not_walk_past_what_is_archived(crowd: Crowd) -> None:
    await crowd.world.owner.execute("UPDATE task.tasks SET archived_at = updated_at WHERE number % 20 <> 0")
    await crowd.world.owner.execute("VACUUM ANALYZE task.tasks")
    lists = [*map(Asked, ORDERS), Asked(filter="archived = true"), Asked(filter="archived in (true, false)")]
    costs = {asked.name: await crowd.cost(1, asked) for asked in lists}

    assert {cost.rows for cost in costs.values()} == {ROWS}
    assert {name: cost.buffers for name, cost in costs.items() if cost.buffers > most_of_a_list(cost.rows)} == {}


async def test_filters_and_the_latest_of_all_projects_are_read_from_an_index(crowd: Crowd) -> None:
    lists = [Asked(), Asked("updated_at"), *FILTERS]
    costs = {asked.name: await crowd.cost(PROJECTS, asked) for asked in lists}

    assert {name: cost.rows for name, cost in costs.items()} == {asked.name: ROWS for asked in lists}
    assert {name: cost.buffers for name, cost in costs.items() if cost.buffers > most_of_a_list(cost.rows)} == {}


async def test_other_orders_of_all_projects_cost_a_look_into_each(crowd: Crowd) -> None:
    costs = {order: await crowd.cost(PROJECTS, Asked(order)) for order in ORDERS}
    most = {order: most_of_a_merge(cost.rows, PROJECTS) for order, cost in costs.items()}

    assert {order: cost.buffers for order, cost in costs.items() if cost.buffers > most[order]} == {}


async def test_trash_of_few_projects_is_read_from_an_index(crowd: Crowd) -> None:
    await crowd.world.owner.execute("UPDATE task.tasks SET deleted_at = updated_at WHERE number % 4 = 0")
    await crowd.world.owner.execute("VACUUM ANALYZE task.tasks")
    asked = [(seen, container) for seen in (1, 3) for container in ((None, None), (crowd.world.workspace_id, None))]
    costs = [await crowd.trash(seen, container) for seen, container in asked]

    assert [cost.rows for cost in costs] == [ROWS] * len(asked)
    assert [cost.buffers for cost in costs if cost.buffers > most_of_a_list(cost.rows)] == []


@pytest.mark.parametrize("seen", [3, PROJECTS])
async def test_pages_hold_what_they_would_hold_without_any_index(crowd: Crowd, seen: int) -> None:
    await crowd.world.owner.execute("UPDATE task.tasks SET deleted_at = updated_at WHERE number % 10 = 0")
    for asked, condition in (
        (Asked(), "true"),
        (Asked("updated_at"), "true"),
        (Asked("-created_at"), "true"),
        (Asked("priority"), "true"),
        (Asked("-due_on"), "true"),
        (Asked("completed_at", filter="status = done"), "status = 'done'"),
        (Asked(wishes={"status": "cancelled"}), "status = 'cancelled'"),
        (Asked(wishes={"assignee_id": "me"}), "$1 = ANY(assignee_ids)"),
        (Asked(filter="estimate = 13"), "estimate = 13"),
        (Asked(filter="estimate = 13 and priority = urgent"), "estimate = 13 AND priority = 4"),
        (Asked("updated_at", filter="assignee = me"), "$1 = ANY(assignee_ids)"),
        (Asked("-due", filter="priority = urgent"), "priority = 4"),
    ):
        expected = await crowd.expected(seen, asked, condition)
        assert await crowd.walk(seen, asked) == expected, asked.name
        assert expected, asked.name


async def test_searches_touch_a_bounded_number_of_pages(crowd: Crowd) -> None:
    await write_words(crowd.tasks)
    await crowd.world.owner.execute("VACUUM ANALYZE task.search_documents")
    costs = {f"{words} {seen}": await crowd.search(seen, words) for words in WORDS for seen in crowd.callers}

    assert {name: cost.buffers for name, cost in costs.items() if cost.buffers > MOST_SEARCHED} == {}


async def test_searches_of_few_projects_look_into_what_these_have_of_the_newest_blocks(crowd: Crowd) -> None:
    await write_words(crowd.tasks)
    three_blocks_on = "SELECT setval('task.search_numbers', last_value + $1::bigint) FROM task.search_numbers"
    await crowd.world.owner.execute(three_blocks_on, 3 << BLOCK_BITS)
    found = {seen: _looks((await crowd.search(seen, ["look"])).plan) for seen in crowd.callers}

    looked = {"written_lately": 0, "written_recently": MOST_RANKED, "written_ever": 0}
    of_all = {"written_lately": 0, "written_recently": 0, "written_ever": MOST_RANKED}
    assert found == {1: looked, 3: looked, PROJECTS: of_all}


def _looks(plan: str) -> dict[str, int]:
    """How many documents each look for words as they are written found."""
    found: dict[str, int] = {}

    def visit(node: dict[str, Any]) -> None:
        name = node.get("Subplan Name", "").removeprefix("CTE ")
        if name.startswith("written"):
            found[name] = round(node["Actual Rows"])
        for part in node.get("Plans", []):
            visit(part)

    visit(msgspec.json.decode(plan)[0]["Plan"])
    return found
