"""Exports: who gets what, as of when, and what is never in them."""

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.actions.exports import write_file
from taskyard.task.jobs import EXPORT_PERIODICS, export_handlers
from taskyard.task.models.exports import Exporting
from tests.kit.finishing import finish_jobs

from .conftest import Acquaintances, As, NewCommentOf, NewTaskOf, World, give_role

Export = Callable[..., Awaitable[httpx.Response]]
pytestmark = pytest.mark.usefixtures("runs_it")


@pytest.fixture
def work(world: World, people: Acquaintances) -> Callable[[], Awaitable[None]]:
    """Let the jobs of exports be done."""

    async def run() -> None:
        runner = JobRunner(world.task, export_handlers(world.task, people), Signal(), periodics=EXPORT_PERIODICS)
        await runner.queue_periodics()
        while await runner._start_jobs(4):
            await finish_jobs(runner)

    return run


@pytest.fixture
def export(ann: httpx.AsyncClient, world: World, work: Callable[[], Awaitable[None]]) -> Export:
    """Export the workspace as Ann; the answer with the file."""

    async def run(format_: str = "json") -> httpx.Response:
        asked = await ann.post("/exports", json={"workspace_id": world.workspace_id, "format": format_})
        assert asked.status_code == 201, asked.text
        await work()
        return await ann.get(f"/exports/{asked.json()['id']}/file")

    return run


def lines_of(file: httpx.Response) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in file.text.splitlines()]


def kinds_of(file: httpx.Response) -> list[str]:
    return list(dict.fromkeys(line["kind"] for line in lines_of(file)))


async def test_a_workspace_is_exported_with_everything(
    ann: httpx.AsyncClient, export: Export, new_task: NewTaskOf, new_comment: NewCommentOf, world: World
) -> None:
    task = await new_task(description="Über", estimate=2.5, assignee_ids=[world.bob], due_on="2027-02-03")
    part = await new_task(parent_id=task["id"])
    path = f"/tasks/{task['id']}"
    for way, body in (
        ("relations", {"kind": "blocked_by", "target_id": (await new_task())["id"]}),
        ("checklist", {"title": "Step"}),
        ("time-entries", {"started_at": "2026-11-01T08:00:00Z", "seconds": 60}),
    ):
        (await ann.post(f"{path}/{way}", json=body)).raise_for_status()
    comment = await new_comment("Said", task["id"])
    (await ann.put(f"/comments/{comment['id']}/reactions/%F0%9F%91%8D")).raise_for_status()
    await world.owner.execute(
        "INSERT INTO project.workflows VALUES ($1, $2, $3)", world.workspace_id, world.project_id, new_id()
    )
    file = await export()

    assert file.headers["content-type"] == "application/x-ndjson"
    assert kinds_of(file) == [
        *("workspace", "person", "project", "state", "workflow", "task", "relation", "checklist_item", "comment"),
        *("reaction", "time_entry"),
    ]
    lines = {line["id"]: line for line in lines_of(file)}
    assert lines[world.bob] == {"kind": "person", "id": world.bob, "email": "bob@x.org", "name": "Somebody"}
    told = lines[task["id"]]["data"]
    same = ("key", "title", "description", "status", "priority", "assignee_ids", "due_on", "estimate", "created_by")
    assert {name: told[name] for name in same} == {name: task[name] for name in same}
    assert lines[part["id"]]["data"]["parent_id"] == task["id"]
    assert [line["data"]["kind"] for line in lines.values() if line["kind"] == "relation"] == ["blocks"]
    assert lines[comment["id"]]["data"]["body"] == "Said"


async def test_a_spreadsheet_holds_the_tasks(export: Export, new_task: NewTaskOf, world: World) -> None:
    label = new_id()
    await world.owner.execute(
        "INSERT INTO project.labels VALUES ($1, $2, $3, 'Bug, bad', 'bug, bad', 'red', NULL, NULL, $4, $4)",
        world.workspace_id,
        world.project_id,
        label,
        clock.now(),
    )
    first = await new_task(title='=HYPERLINK("x")', description='Two\n"lines"', assignee_ids=[world.bob, world.vera])
    await new_task(parent_id=first["id"], label_ids=[label], estimate=0.5)
    file = await export("csv")
    rows = list(csv.DictReader(io.StringIO(file.text, newline="")))

    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="taskyard-' in file.headers["content-disposition"]
    assert [row["key"] for row in rows] == ["OPS-1", "OPS-2"]
    assert (rows[0]["title"], rows[0]["description"]) == ('\'=HYPERLINK("x")', 'Two\n"lines"')
    assert rows[0]["assignees"].split("\n")[0] == "bob@x.org"
    assert (rows[0]["created_by"], rows[0]["estimate"], rows[0]["custom"]) == ("ann@x.org", "", "")
    assert (rows[1]["parent"], rows[1]["labels"], rows[1]["estimate"]) == ("OPS-1", "Bug, bad", "0.5")


async def test_only_what_the_asker_sees_is_in_it(
    ann: httpx.AsyncClient, export: Export, new_task: NewTaskOf, world: World
) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    hidden = await new_task(project_id=world.hidden_project_id, title="Secret")
    gone, kept = await new_task(title="Thrown away"), await new_task()
    (
        await ann.post(f"/tasks/{kept['id']}/relations", json={"kind": "blocks", "target_id": hidden["id"]})
    ).raise_for_status()
    await ann.delete(f"/tasks/{gone['id']}")
    await world.owner.execute(
        "DELETE FROM project.access WHERE subject_id = $1 AND project_id = $2", world.ann, world.hidden_project_id
    )
    file = await export()

    assert [line["id"] for line in lines_of(file) if line["kind"] in {"task", "relation"}] == [kept["id"]]
    assert not any(word in file.text for word in ("Secret", "Thrown away", world.hidden_project_id))


async def test_an_export_is_for_who_runs_the_workspace(
    as_person: As, ann: httpx.AsyncClient, otto: httpx.AsyncClient, world: World
) -> None:
    await give_role(world, world.bob, "member")
    body = {"workspace_id": world.workspace_id}
    unscoped = as_person(world.ann, scopes=frozenset({"exports:read"}))
    limited = as_person(world.ann, project_ids=frozenset({world.project_id}))
    clients = (otto, as_person(world.bob), unscoped, limited, as_person(None), ann)
    answers = [await client.post("/exports", json=body) for client in clients]

    assert [answer.status_code for answer in answers] == [404, 403, 403, 403, 401, 201]
    for wrong in ({}, {"workspace_id": "x"}, {**body, "format": "xml"}, {**body, "x": 1}):
        assert (await ann.post("/exports", json=wrong)).status_code == 422
    assert (await ann.post("/exports", json={"workspace_id": new_id()})).status_code == 404


async def test_the_file_is_for_who_asked_while_they_run_the_workspace(
    as_person: As, ann: httpx.AsyncClient, export: Export, world: World
) -> None:
    file = await export()
    path, other = file.request.url.path.removeprefix("/api/v1"), as_person(world.vera)
    await give_role(world, world.vera, "owner")
    unscoped = as_person(world.ann, scopes=frozenset({"exports:write"}))

    assert [(await client.get(path)).status_code for client in (other, unscoped, as_person(None))] == [404, 403, 401]
    assert (await ann.get("/exports/x")).status_code == 404
    await world.owner.execute(
        "UPDATE project.roles SET permissions = 65537 WHERE workspace_id = $1", world.workspace_id
    )
    assert (await ann.get(path)).status_code == 403
    await world.owner.execute("DELETE FROM project.subjects WHERE person_id = $1", world.ann)
    assert (await ann.get(path)).status_code == 404


async def test_an_export_says_how_far_it_is(
    ann: httpx.AsyncClient, work: Callable[[], Awaitable[None]], new_task: NewTaskOf, world: World
) -> None:
    await new_task()
    body = {"workspace_id": world.workspace_id}
    asked = await ann.post("/exports", json=body)
    path = asked.headers["location"].removeprefix("/api/v1")
    early, again = await ann.get(f"{path}/file"), await ann.post("/exports", json=body)
    await work()
    done = await ann.get(path)

    assert (asked.json()["state"], early.json()["code"], again.json()["code"]) == (
        *("waiting", "export_not_done", "export_running"),
    )
    told = {name: done.json()[name] for name in ("state", "tasks_done", "tasks_total")}
    assert told == {"state": "done", "tasks_done": 1, "tasks_total": 1}
    assert len((await ann.get(f"{path}/file")).content) == done.json()["size"] > 0
    assert (await ann.get(path, headers={"If-None-Match": done.headers["etag"]})).status_code == 304
    assert (await ann.post("/exports", json=body)).status_code == 201


async def test_asking_again_with_the_same_key_is_asking_once(ann: httpx.AsyncClient, world: World) -> None:
    body, headers = {"workspace_id": world.workspace_id}, {"Idempotency-Key": new_id()}
    first, second = [await ann.post("/exports", json=body, headers=headers) for _ in range(2)]

    assert (first.json()["id"], first.status_code) == (second.json()["id"], second.status_code)
    await world.owner.execute("DELETE FROM project.subjects WHERE person_id = $1", world.ann)
    assert (await ann.post("/exports", json=body, headers=headers)).status_code == 404


async def test_a_file_is_forgotten_after_a_day(
    ann: httpx.AsyncClient, export: Export, work: Callable[[], Awaitable[None]], world: World
) -> None:
    path = (await export()).request.url.path.removeprefix("/api/v1")
    clock.travel(timedelta(days=1))

    assert (await ann.get(path)).status_code == 404
    await work()
    left = "SELECT count(*) FROM task.export_parts WHERE workspace_id = $1"
    assert await world.owner.fetch_value(left, world.workspace_id) == 0


async def test_what_nobody_wants_any_more_is_not_written(world: World, people: Acquaintances) -> None:
    assert await write_file(world.task, people, Exporting(world.workspace_id, new_id())) is None


async def test_asking_and_the_file_are_announced(export: Export, world: World) -> None:
    await export()
    rows = await world.owner.fetch(
        """
        SELECT type, actor_id::text, audience_id::text, origin, data::text FROM log.events
         WHERE workspace_id = $1 AND type LIKE 'export.%' ORDER BY id
        """,
        world.workspace_id,
    )

    assert [tuple(row)[:4] for row in rows] == [
        ("export.created.v1", world.ann, None, "api"),
        ("export.finished.v1", world.ann, world.ann, "automation"),
    ]
    assert not any("x.org" in row[4] for row in rows)
