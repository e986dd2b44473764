"""The second wall: row-level security shows one workspace to whoever is bound to it, whatever they forget to ask."""

from unittest.mock import AsyncMock

import asyncpg
import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.queries.walls import see_only
from taskyard.kit.roles import SERVICES, SUPPORT, bounded_role_of, role_of
from taskyard.task.actions.exports import write_file
from taskyard.task.models.exports import Exporting
from taskyard.task.queries import reports, workspaces

from .conftest import Acquaintances, NewTaskOf, Report, World

pytestmark = pytest.mark.usefixtures("runs_it")

HIDDEN = {
    *("project.invitations", "notification.webhooks", "notification.delivery_attempts", "notification.notifications"),
    *("task.export_parts", "task.import_rows", "task.reminders", "task.watches", "task.views"),
}
"""What support does not read even of one workspace."""
_TENANT_TABLES = """
    SELECT n.nspname || '.' || c.relname AS name, n.nspname AS service, c.oid, c.relrowsecurity AS is_walled, c.relacl
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
     WHERE n.nspname = ANY($1::text[]) AND c.relkind IN ('r', 'p')
"""


async def neighbour(world: World) -> str:
    """A copy of every task in another workspace, which Ann does not belong to; its id."""
    workspace_id = new_id()
    columns = await world.owner.fetch_value(
        """
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = 'task.tasks'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
           AND attname NOT IN ('workspace_id', 'id', 'title')
        """
    )
    await world.owner.execute(
        f"INSERT INTO task.tasks (workspace_id, id, title, {columns}) "  # noqa: S608 - the catalogue's own names
        f"SELECT $1, gen_random_uuid(), 'Theirs', {columns} FROM task.tasks WHERE workspace_id = $2",
        workspace_id,
        world.workspace_id,
    )
    return workspace_id


async def test_every_table_of_workspaces_is_walled(databases: dict[str, Database]) -> None:
    """A new one calls ``raise_walls()`` at the end of its migration."""
    tables = await databases["owner"].fetch(_TENANT_TABLES, list(SERVICES))
    assert len(tables) > 40
    for table in tables:
        assert table["is_walled"], table["name"]
        policies = await databases["owner"].fetch(
            "SELECT polname, polroles::regrole[]::text[] FROM pg_policy WHERE polrelid = $1 ORDER BY polname",
            table["oid"],
        )
        service = table["service"]
        assert [(row[0], sorted(row[1])) for row in policies] == [
            ("everything", [role_of(service)]),
            ("of_workspace", sorted([bounded_role_of(service), SUPPORT])),
        ], table["name"]


async def test_who_is_bound_may_do_what_the_service_may_and_no_more(databases: dict[str, Database]) -> None:
    privileges = """
        SELECT array_agg(x.privilege_type ORDER BY x.privilege_type) FROM aclexplode($1::aclitem[]) x
         WHERE x.grantee = to_regrole($2)
    """
    for table in await databases["owner"].fetch(_TENANT_TABLES, list(SERVICES)):
        service, acl = table["service"], list(table["relacl"] or ())
        own = await databases["owner"].fetch_value(privileges, acl, role_of(service))
        assert await databases["owner"].fetch_value(privileges, acl, bounded_role_of(service)) == own, table["name"]
        looked_at = await databases["owner"].fetch_value(privileges, acl, SUPPORT)
        assert looked_at == (None if table["name"] in HIDDEN else ["SELECT"]), table["name"]


async def test_support_reads_no_secret_no_address_and_no_file(databases: dict[str, Database]) -> None:
    telling = await databases["owner"].fetch(
        """
        SELECT c.oid::regclass::text || '.' || a.attname FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY($1::text[])
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE a.attname ~ 'secret|sealed|token|hash|password|email|address|url|^content$'
           AND c.relkind IN ('r', 'p', 'v') AND has_column_privilege($2, c.oid, a.attnum, 'SELECT')
        """,
        list(SERVICES),
        SUPPORT,
    )
    assert [row[0] for row in telling] == []


async def test_nobody_who_is_bound_can_climb_over(databases: dict[str, Database]) -> None:
    bound = [SUPPORT, *map(bounded_role_of, SERVICES)]
    rows = await databases["owner"].fetch(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole FROM pg_roles "
        "WHERE rolname = ANY($1::text[])",
        bound,
    )
    assert dict(tuple(row) for row in rows) == dict.fromkeys(bound, False)
    members = await databases["owner"].fetch(
        "SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members "
        "WHERE roleid::regrole::text = ANY($1::text[]) AND NOT admin_option",
        bound,
    )
    assert {tuple(row) for row in members} == {(role_of(one), bounded_role_of(one)) for one in SERVICES}


async def test_a_forgotten_predicate_shows_one_workspace(world: World, new_task: NewTaskOf) -> None:
    await new_task()
    theirs = await neighbour(world)
    count = "SELECT count(*) FROM tasks WHERE workspace_id = ANY($1::uuid[])"
    both = [world.workspace_id, theirs]
    assert await world.task.fetch_value(count, both) == 2
    async with world.task.transaction() as tx:
        await see_only(tx, world.workspace_id)
        assert await tx.fetch_value(count, both) == 1
        assert await tx.fetch_value("SELECT count(DISTINCT workspace_id) FROM tasks") == 1
        assert await tx.execute("UPDATE tasks SET title = 'Ours' WHERE id = ANY(SELECT id FROM tasks)") == "UPDATE 1"
    assert await world.task.fetch_value(count, both) == 2, "the next transaction on the connection is not bound"
    titles = "SELECT title FROM task.tasks WHERE workspace_id = ANY($1::uuid[]) ORDER BY title"
    assert [row[0] for row in await world.owner.fetch(titles, both)] == ["Ours", "Theirs"]


async def test_what_is_bound_writes_into_no_other_workspace(world: World, new_task: NewTaskOf) -> None:
    await new_task()
    async with world.task.transaction() as tx:
        await see_only(tx, world.workspace_id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.execute("UPDATE tasks SET workspace_id = $1", new_id())


async def test_an_export_that_forgets_whose_tasks_it_reads_holds_no_others(
    ann: httpx.AsyncClient, world: World, new_task: NewTaskOf, people: Acquaintances, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_task(title="Ours")
    await neighbour(world)
    forgetful = workspaces._READ_TASKS.replace(
        "t.workspace_id = v.workspace_id AND t.project_id = v.project_id", "true"
    )
    assert forgetful != workspaces._READ_TASKS
    monkeypatch.setattr(workspaces, "_READ_TASKS", forgetful)
    asked = await ann.post("/exports", json={"workspace_id": world.workspace_id})
    named = Exporting(world.workspace_id, asked.json()["id"])
    await write_file(world.task, people, named)
    content = await written(world, named)
    assert b"Ours" in content
    assert b"Theirs" not in content


@pytest.mark.parametrize("is_bound", [True, False])
async def test_an_export_that_forgets_whose_projects_it_reads_holds_no_others(
    ann: httpx.AsyncClient, world: World, people: Acquaintances, monkeypatch: pytest.MonkeyPatch, *, is_bound: bool
) -> None:
    """The view that was made without bounds shows the others, which proves that the statement forgets."""
    await neighbouring_project(world)
    forgetful = workspaces._READ_PROJECTS.replace(
        "x.workspace_id = v.workspace_id AND x.project_id = v.project_id", "true"
    ).replace("project.portable_v3", f"project.portable_v{2 + is_bound}")
    monkeypatch.setattr(workspaces, "_READ_PROJECTS", forgetful)
    asked = await ann.post("/exports", json={"workspace_id": world.workspace_id})
    named = Exporting(world.workspace_id, asked.json()["id"])
    await write_file(world.task, people, named)
    content = await written(world, named)
    assert b'"key" : "OPS"' in content
    assert (b"Theirs" in content) != is_bound


async def written(world: World, named: Exporting) -> bytes:
    """The whole file of an export, of which others' things may be in any part."""
    parts = "SELECT content FROM task.export_parts WHERE export_id = $1 ORDER BY number"
    return b"".join([row[0] for row in await world.owner.fetch(parts, named.export_id)])


async def neighbouring_project(world: World) -> None:
    """A project in another workspace."""
    await world.owner.execute(
        """
        WITH w AS (INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)
                   VALUES ($1, $1::uuid::text, 'Neighbour', $2, $3, $3))
        INSERT INTO project.projects (workspace_id, id, key, name, visibility, created_by, created_at, updated_at)
        VALUES ($1, $1, 'FAR', 'Theirs', 'private', $2, $3, $3)
        """,
        new_id(),
        world.ann,
        clock.now(),
    )


@pytest.mark.parametrize("is_bound", [True, False])
async def test_a_report_that_forgets_whose_counts_it_reads_holds_no_others(
    ann: httpx.AsyncClient,
    report: Report,
    new_task: NewTaskOf,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_bound: bool,
) -> None:
    """Without the wall it does, which proves that the statement forgets."""
    await new_task(status="todo")
    await report("velocity")
    theirs = new_id()
    for table in ("tallied", "tallies"):
        await world.owner.execute(
            f"""
            INSERT INTO task.{table} SELECT (jsonb_populate_record(t, jsonb_build_object(
                'workspace_id', $2::text, 'status', 'theirs'))).* FROM task.{table} t WHERE workspace_id = $1
            """,  # noqa: S608 - our own tables
            world.workspace_id,
            theirs,
        )
    predicate = "s.workspace_id = v.workspace_id AND s.project_id = v.project_id AND "
    assert predicate in reports._READ
    monkeypatch.setattr(reports, "_READ", reports._READ.replace(predicate, ""))
    if not is_bound:
        monkeypatch.setattr("taskyard.task.actions.reports.see_only", AsyncMock())
    flow = (await ann.get("/reports/cumulative-flow", params={"project_id": world.project_id})).json()
    found = {state["status"] for day in flow["days"] for state in day["states"]}
    assert found == ({"todo"} if is_bound else {"todo", "theirs"})


async def test_support_reads_the_workspace_it_names_and_writes_nothing(world: World, new_task: NewTaskOf) -> None:
    await new_task()
    theirs = await neighbour(world)
    async with world.owner.transaction() as tx:
        await tx.execute(f"SET LOCAL ROLE {SUPPORT}")
        assert await tx.fetch_value("SELECT count(*) FROM task.tasks") == 0
        await tx.fetch_value("SELECT set_config('taskyard.workspace_id', $1, true)", theirs)
        assert [row[0] for row in await tx.fetch("SELECT title FROM task.tasks")] == ["Theirs"]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.execute("UPDATE task.tasks SET title = 'Mine'")
