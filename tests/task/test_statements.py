"""What the hot paths cost: how many statements, and by which index."""

import re

import asyncpg
import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.models.comments import CommentFilter, CommentSort
from taskyard.task.models.tasks import TaskFilter
from taskyard.task.queries.comments import FIRST, list_comments
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.queries.listing import list_tasks

from .conftest import NewCommentOf, NewTaskOf, World
from .test_plans import add_milestone


async def test_create_takes_two_statements(new_task: NewTaskOf, world: World, statements: list[str]) -> None:
    await new_task(assignee_ids=[world.bob])

    assert len(statements) == 2


async def test_create_of_a_part_with_a_milestone_takes_four_at_most(
    new_task: NewTaskOf, world: World, statements: list[str]
) -> None:
    whole, milestone_id = await new_task(), await add_milestone(world)
    statements.clear()
    await new_task(assignee_ids=[world.bob], parent_id=whole["id"], milestone_id=milestone_id, status="done")

    assert len(statements) == 4


async def test_board_takes_two(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, statements: list[str]
) -> None:
    await new_task()
    statements.clear()
    assert (await ann.get(f"/boards/{world.project_id}")).status_code == 200

    assert len(statements) == 2


async def test_idempotency_key_adds_none(ann: httpx.AsyncClient, world: World, statements: list[str]) -> None:
    body = {"project_id": world.project_id, "title": "x"}
    await ann.post("/tasks", json=body, headers={"Idempotency-Key": new_id()})

    assert len(statements) == 2


async def test_get_takes_one_statement(ann: httpx.AsyncClient, new_task: NewTaskOf, statements: list[str]) -> None:
    task = await new_task()
    statements.clear()
    await ann.get(f"/tasks/{task['id']}")

    assert len(statements) == 1


@pytest.mark.parametrize(
    "query",
    [
        *("", "?assignee=me", "?status=todo&limit=1", "?sort=-priority", "?sort=due,-title"),
        *("?filter=assignee = me and priority >= low order by due", "?filter=text ~ roof&sort=number&project_id={}"),
    ],
)
async def test_list_takes_one_statement_and_one_for_what_is_new(
    ann: httpx.AsyncClient, new_task: NewTaskOf, statements: list[str], query: str
) -> None:
    task = await new_task()
    for most in (2, 1):
        statements.clear()
        answer = await ann.get("/tasks" + query.format(task["project_id"]))

        assert answer.status_code == 200
        assert 1 <= len(statements) <= most


async def test_change_takes_two_statements(ann: httpx.AsyncClient, new_task: NewTaskOf, statements: list[str]) -> None:
    task = await new_task()
    statements.clear()
    await ann.patch(f"/tasks/{task['id']}", json={"title": "New", "status": "done"})

    assert len(statements) == 2


@pytest.fixture
async def crowded(world: World) -> World:
    """Forty projects with five hundred tasks each, all visible to Ann, and nothing that would change the statistics."""
    await world.owner.execute("TRUNCATE task.comments, task.tasks CASCADE")
    projects = [await world.add_project(f"P{n}") for n in range(40)]
    for project in projects:
        await world.grant(world.ann, project, "member")
    await world.owner.execute(
        """
        INSERT INTO task.tasks (workspace_id, id, project_id, number, key, title, status, assignee_ids, created_by,
                                created_at, updated_at)
        SELECT $1, gen_random_uuid(), p.id, n, 'P-' || n, 'Task', CASE n % 5 WHEN 0 THEN 'done' ELSE 'todo' END,
               CASE n % 100 WHEN 0 THEN ARRAY[$2::uuid] ELSE '{}' END, $2,
               $4::timestamptz - make_interval(mins => n), $4::timestamptz - make_interval(mins => n)
          FROM unnest($3::uuid[]) p (id), generate_series(1, 500) n
        """,
        world.workspace_id,
        world.ann,
        projects,
        clock.now(),
    )
    await world.owner.execute("ANALYZE task.tasks, project.access, project.sign_ins, project.projects")
    world.project_id = projects[0]
    return world


class _Explaining:
    """Answers a query function's statement with its generic plan instead of its rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.plan = ""

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        literals = ", ".join("NULL" if arg is None else f"'{arg}'" for arg in args)
        async with self.database.transaction() as tx:
            await tx.execute(f"PREPARE listing AS {sql}")
            rows = await tx.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE listing({literals})")
            await tx.execute("DEALLOCATE listing")
        self.plan = "\n".join(row[0] for row in rows)
        print(self.plan)  # noqa: T201 - shown by pytest -s
        return []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"project_id": "it"}, "tasks_by_update"),
        ({"project_id": "it", "status": "done"}, "tasks_by_status"),
        ({"project_id": "it", "sort": "-created_at"}, "tasks_by_creation"),
        ({"project_id": "it", "sort": "number"}, "tasks_workspace_id_project_id_number_key"),
        ({"assignee_id": "me"}, "tasks_by_first_assignee"),
        ({"assignee_id": "me", "sort": "-created_at"}, "tasks_by_later_assignees"),
        ({}, "tasks_of_workspace_by_update"),
        ({"status": "done"}, "tasks_of_workspace_by_update"),
        ({"status": "cancelled"}, "tasks_by_status"),
    ],
)
@pytest.mark.parametrize("page", ["first", "next"])
async def test_list_uses_its_index(
    crowded: World, databases: dict[str, Database], wanted: dict[str, str], index: str, page: str
) -> None:
    fields = {"it": crowded.project_id, "me": crowded.ann}
    filters = TaskFilter(**{name: fields.get(value, value) for name, value in wanted.items()})  # type: ignore[arg-type] # a row of the table
    explaining = _Explaining(databases["task"])
    place = 20 if "sort" in wanted and wanted["sort"] == "number" else clock.now()
    after = (place, new_id()) if page == "next" else None
    await list_tasks(KnownTasks(explaining), Principal(id=crowded.ann), filters, after, 51)  # type: ignore[arg-type] # explains only

    assert index in explaining.plan
    assert "Seq Scan on tasks" not in explaining.plan


async def test_comment_takes_three_statements_with_and_without_mentions(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, statements: list[str]
) -> None:
    path = f"/tasks/{(await new_task())['id']}/comments"
    counts = []
    for body in ("Done", f"@{world.bob} @{world.vera}, done"):
        statements.clear()
        await ann.post(path, json={"body": body})
        counts.append(len(statements))

    assert counts == [3, 3]


async def test_comments_are_listed_read_and_edited_with_few_statements(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World, statements: list[str]
) -> None:
    comment = await new_comment()
    path, counts = f"/comments/{comment['id']}", []
    for method, url, body in (
        ("GET", f"/tasks/{comment['task_id']}/comments", None),
        ("GET", path, None),
        ("PATCH", path, {"body": "No mention"}),
        ("PATCH", path, {"body": f"@{world.bob}"}),
        ("DELETE", path, None),
    ):
        statements.clear()
        await ann.request(method, url, json=body)
        counts.append(len(statements))

    assert counts == [1, 1, 3, 4, 3]


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
async def test_page_of_comments_is_read_from_its_index(
    new_task: NewTaskOf, world: World, databases: dict[str, Database], sort: CommentSort
) -> None:
    tasks = [(await new_task())["id"] for _ in range(5)]
    await world.owner.execute(
        """
        INSERT INTO task.comments (workspace_id, id, task_id, author_id, body, created_at, updated_at)
        SELECT $1, gen_random_uuid(), t.id, $2, 'So', $4::timestamptz - make_interval(mins => n), $4::timestamptz
          FROM unnest($3::uuid[]) t (id), generate_series(1, 2000) n
        """,
        world.workspace_id,
        world.ann,
        tasks,
        clock.now(),
    )
    await world.owner.execute("ANALYZE task.comments, task.tasks, project.access, project.sign_ins")
    explaining = _Explaining(databases["task"])
    await list_comments(explaining, Principal(id=world.ann), CommentFilter(tasks[0], None, sort), (FIRST[sort], 51))  # type: ignore[arg-type] # explains only

    assert re.search(r"using comments_of_task on .*rows=51\b", explaining.plan), explaining.plan
