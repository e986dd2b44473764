"""Importing tasks: what becomes of each row, for whom, and once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import IMPORT_PERIODICS, import_handlers
from tests.kit.finishing import finish_jobs

from .conftest import Acquaintances, As, World

Import = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(autouse=True)
async def runs_project(world: World, people: Acquaintances, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann runs the project; Ann, Bob and Otto have addresses, and Otto does not see the project."""
    more = "UPDATE project.access SET permissions = permissions | $3 WHERE subject_id = $1 AND project_id = $2"
    await world.owner.execute(more, world.ann, world.project_id, int(Permission.PROJECT_EDIT))
    people.emails |= {"ann@x.org": world.ann, "bob@x.org": world.bob, "otto@x.org": world.otto}
    for name in ("PAUSE", "REST"):
        monkeypatch.setattr(f"taskyard.task.actions.import_rows.{name}", 0)


@pytest.fixture
def work(world: World, people: Acquaintances) -> Callable[[], Awaitable[None]]:
    """Let the jobs of imports be done."""

    async def run() -> None:
        runner = JobRunner(world.task, import_handlers(world.task, people), Signal(), periodics=IMPORT_PERIODICS)
        await runner.queue_periodics()
        while await runner._start_jobs(4):
            await finish_jobs(runner)

    return run


@pytest.fixture
def take_in(ann: httpx.AsyncClient, world: World, work: Callable[[], Awaitable[None]]) -> Import:
    """Import into the project as Ann; the import when it is over, with its notes by line."""

    async def run(content: str, **fields: Any) -> dict[str, Any]:
        asked = await ann.post("/imports", json={"project_id": world.project_id, "content": content, **fields})
        assert asked.status_code == 201, asked.text
        await work()
        path = asked.headers["location"].removeprefix("/api/v1")
        found: dict[str, Any] = (await ann.get(path)).json()
        assert found["state"] == "done"
        found["notes"] = {note["line"]: note["notes"] for note in (await ann.get(f"{path}/notes")).json()["items"]}
        return found

    return run


def counts_of(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["created"], found["present"], found["refused"]


async def tasks_of(client: httpx.AsyncClient, world: World) -> list[dict[str, Any]]:
    params = {"project_id": world.project_id, "sort": "number"}
    items: list[dict[str, Any]] = (await client.get("/tasks", params=params)).json()["items"]
    return items


async def test_rows_become_tasks_with_what_they_say(ann: httpx.AsyncClient, take_in: Import, world: World) -> None:
    label = new_id()
    await world.owner.execute(
        "INSERT INTO project.labels VALUES ($1, $2, $3, 'Bug', 'bug', 'red', NULL, NULL, $4, $4)",
        world.workspace_id,
        world.project_id,
        label,
        clock.now(),
    )
    found = await take_in(
        "external_id,title,description,status,priority,assignees,parent,labels,due_on,estimate,created_by,created_at,"
        "updated_at,completed_at\r\n"
        "A-2,Part,,,,,A-1,,,,,,,\r\n"
        'A-1,\'=SUM,"Two\nlines",done,high,"bob@x.org\nann@x.org",,bug,2027-02-03,2.5,bob@x.org,'
        "2020-01-02T03:04:05+02:00,2020-02-02T00:00:00Z,2020-02-01T00:00:00Z\r\n"
    )
    first, second = await tasks_of(ann, world)

    assert (counts_of(found), found["notes"], found["rows_total"]) == ((2, 0, 0), {}, 2)
    told = ("title", "description", "status", "priority", "due_on", "estimate")
    assert [first[name] for name in told] == ["=SUM", "Two\nlines", "done", "high", "2027-02-03", 2.5]
    named = (first["label_ids"], first["assignee_ids"], first["created_by"])
    assert named == ([label], [world.bob, world.ann], world.bob)
    facts = [first[name] for name in ("created_at", "updated_at", "completed_at")]
    assert facts == ["2020-01-02T01:04:05Z", "2020-02-02T00:00:00Z", "2020-02-01T00:00:00Z"]
    assert (second["parent_id"], second["status"], second["created_by"]) == (first["id"], "todo", world.ann)
    assert [task["key"] for task in (first, second)] == ["OPS-1", "OPS-2"]


async def test_imported_tasks_stand_last_in_their_column(ann: httpx.AsyncClient, take_in: Import, world: World) -> None:
    await ann.post("/tasks", json={"project_id": world.project_id, "title": "a"})
    await take_in("external_id,title\r\n1,b\r\n2,c\r\n")
    board = (await ann.get(f"/boards/{world.project_id}")).json()
    assert [[task["title"] for task in column["tasks"]] for column in board["columns"]][1] == ["a", "b", "c"]
    ranks = await world.owner.fetch("SELECT DISTINCT rank FROM task.tasks WHERE project_id = $1", world.project_id)
    assert len(ranks) == 3


async def test_what_comes_again_is_there_already(ann: httpx.AsyncClient, take_in: Import, world: World) -> None:
    content = "key,title\nA-1,One\nA-2,Two\nA-1,One again\n"
    first, second = await take_in(content), await take_in(content + "A-3,Three\n")

    assert [counts_of(one) for one in (first, second)] == [(2, 1, 0), (1, 3, 0)]
    assert [task["title"] for task in await tasks_of(ann, world)] == ["One", "Two", "Three"]


@pytest.mark.parametrize("at_once", [1, 5])
async def test_a_dry_run_says_what_would_become_and_changes_nothing(
    ann: httpx.AsyncClient, take_in: Import, world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_rows.AT_ONCE", at_once)
    content = "key,title,status,parent\nA-1,One,,\nA-2,Two,nowhere,\nA-1,Again,,\nA-4,Four,,A-1\nA-5,Five,,A-2\n"
    found = await take_in(content, is_dry_run=True)

    assert (counts_of(found), list(found["notes"])) == ((3, 1, 1), [3, 6])
    assert await tasks_of(ann, world) == []
    real = await take_in(content)
    assert (counts_of(real), real["notes"]) == (counts_of(found), found["notes"])
    assert [task["title"] for task in await tasks_of(ann, world)] == ["One", "Four", "Five"]
    assert counts_of(await take_in("key,title,parent\nA-6,Six,A-4\nA-7,Seven,A-6\n", is_dry_run=True)) == (2, 0, 0)


async def test_rows_that_make_no_sense_are_refused_with_their_lines(take_in: Import) -> None:
    found = await take_in(
        "key,title,status,due_on,due_at,estimate,custom,priority\n"
        "1,,,,,,,\n2,x,nowhere,,,,,\n3,x,,2027-02-30,,,,\n4,x,,2027-02-03,2027-02-03T00:00:00Z,,,\n"
        '5,x,,,,-1,,\n6,x,,,,,{"no": 1},\n7,x,,,,,{,\n8,x,,,,,,huge\n9,"a\nb",,,,,,\n10,fine,,,,,,\n'
    )

    assert counts_of(found) == (1, 0, 9)
    assert list(found["notes"]) == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert found["notes"][3] == ["status: The project has no such state."]


async def test_who_and_what_is_not_there_is_left_out_and_told(
    ann: httpx.AsyncClient, take_in: Import, world: World
) -> None:
    found = await take_in(
        "key,title,assignees,labels,milestone,iteration,parent,created_by\n"
        '1,x,"otto@x.org\nno@x.org\nbob@x.org",Bug,Goal,Sprint,9,otto@x.org\n'
    )
    (task,) = await tasks_of(ann, world)

    assert (task["assignee_ids"], task["created_by"], task["parent_id"]) == ([world.bob], world.ann, None)
    notes = found["notes"][2]
    assert [note for note in notes if "otto" in note] == ["otto@x.org does not see the project and was left out."] * 2
    assert "no@x.org does not see the project and was left out." in notes
    assert len(notes) == 7


@pytest.mark.parametrize(
    "content",
    [
        *("", "key\n1\n", "title\nx\n", "key,title,colour\n1,x,red\n", "key,key,title\n1,1,x\n", "key,title\n1\n"),
        *("key,title\n,x\n", f"key,title\n{'1' * 201},x\n", 'key,title\n1,"x\n', "key,title\n1,x\n2,x\n3,x\n"),
    ],
)
async def test_a_file_that_is_none_is_refused(
    ann: httpx.AsyncClient, world: World, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_formats.MOST_ROWS", 2)
    answer = await ann.post("/imports", json={"project_id": world.project_id, "content": content})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/content"


async def test_an_import_is_for_who_runs_the_project(
    as_person: As, ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, world: World
) -> None:
    body = {"project_id": world.project_id, "content": "key,title\n1,x\n"}
    unscoped = as_person(world.ann, scopes=frozenset({"imports:read"}))
    elsewhere = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))
    clients = (otto, vera, as_person(world.bob), unscoped, elsewhere, as_person(None))
    answers = [await client.post("/imports", json=body) for client in clients]

    assert [answer.status_code for answer in answers] == [404, 403, 403, 403, 404, 401]
    path = (await ann.post("/imports", json=body)).headers["location"].removeprefix("/api/v1")
    for way in (path, f"{path}/notes"):
        readers = (vera, as_person(None), as_person(world.ann, scopes=frozenset({"imports:write"})))
        assert [(await client.get(way)).status_code for client in readers] == [404, 401, 403]
    assert (await ann.get("/imports/x")).status_code == 404
    await world.archive()
    assert (await ann.post("/imports", json=body)).json()["code"] == "project_archived"


async def test_handing_in_again_with_the_same_key_is_handing_in_once(ann: httpx.AsyncClient, world: World) -> None:
    body = {"project_id": world.project_id, "content": "key,title\n1,x\n"}
    headers = {"Idempotency-Key": new_id()}
    first, second = [await ann.post("/imports", json=body, headers=headers) for _ in range(2)]

    assert first.json()["id"] == second.json()["id"]
    await world.revoke(world.ann)
    assert (await ann.post("/imports", json=body, headers=headers)).status_code == 404


@pytest.mark.parametrize("when", ["before", "amid"])
async def test_who_loses_the_project_imports_no_more(
    ann: httpx.AsyncClient, world: World, work: Callable[[], Awaitable[None]], when: str, people: Acquaintances
) -> None:
    content = "key,title,assignees\n1,x,ann@x.org\n"
    asked = (await ann.post("/imports", json={"project_id": world.project_id, "content": content})).json()
    if when == "before":
        await world.revoke(world.ann)
    else:
        find = people.find_person_by_email

        async def archive_and_find(*, email: str) -> Any:
            await world.archive()
            return await find(email=email)

        people.find_person_by_email = archive_and_find  # type: ignore[method-assign] # archives amid the job
    await work()
    row = await world.owner.fetch_row("SELECT outcome, notes FROM task.import_rows WHERE import_id = $1", asked["id"])

    assert row is not None
    assert (row[0], len(row[1])) == ("refused", 1)
    assert await world.owner.fetch_value("SELECT count(*) FROM task.tasks WHERE project_id = $1", world.project_id) == 0


def fail_at(people: Acquaintances, turn: int) -> list[str]:
    """Let one question about an address fail; the addresses asked about."""
    find, asked = people.find_person_by_email, list[str]()

    async def fail_once(*, email: str) -> Any:
        asked.append(email)
        if len(asked) == turn:
            raise ConnectionError
        return await find(email=email)

    people.find_person_by_email = fail_once  # type: ignore[method-assign] # fails amid the job
    return asked


async def test_an_attempt_goes_on_where_another_ended(
    ann: httpx.AsyncClient, take_in: Import, world: World, people: Acquaintances, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_rows.AT_ONCE", 2)
    monkeypatch.setattr("taskyard.kit.jobs.FIRST_RETRY", 0)
    asked = fail_at(people, 5)
    rows = "".join(f"{n},Task {n},nobody{n}@x.org\n" for n in range(7))
    found = await take_in("key,title,assignees\n" + rows)

    assert (counts_of(found), len(asked)) == ((7, 0, 0), 8)
    assert [task["title"] for task in await tasks_of(ann, world)] == [f"Task {n}" for n in range(7)]


async def test_imports_are_announced_and_forgotten(
    ann: httpx.AsyncClient, take_in: Import, world: World, work: Callable[[], Awaitable[None]]
) -> None:
    found = await take_in("key,title\n1,x\n")
    rows = await world.owner.fetch(
        "SELECT type, origin, audience_id::text FROM log.events WHERE project_id = $1 ORDER BY id", world.project_id
    )
    clock.travel(timedelta(days=7))
    await work()

    assert [tuple(row) for row in rows] == [
        ("import.created.v1", "api", None),
        ("task.created.v1", "import", None),
        ("import.finished.v1", "automation", world.ann),
    ]
    assert (await ann.get(f"/imports/{found['id']}")).status_code == 404
    left = "SELECT count(*) FROM task.import_rows WHERE import_id = $1"
    assert await world.owner.fetch_value(left, found["id"]) == 0


async def test_what_goes_in_a_circle_is_taken_in_apart(ann: httpx.AsyncClient, take_in: Import, world: World) -> None:
    found = await take_in("key,title,parent\n1,One,2\n2,Two,1\n3,Three,3\n")

    assert (counts_of(found), len(found["notes"])) == ((3, 0, 0), 2)
    assert [task["parent_id"] is None for task in await tasks_of(ann, world)] == [True, False, True]


async def test_lines_without_anything_are_no_rows(ann: httpx.AsyncClient, take_in: Import, world: World) -> None:
    found = await take_in("key,title,parent\n\n1,One,\n\n2,Two,9\n\n")
    assert (counts_of(found), list(found["notes"])) == ((2, 0, 0), [5])
    assert [task["title"] for task in await tasks_of(ann, world)] == ["One", "Two"]


async def test_a_dry_run_that_was_interrupted_knows_the_parents_before(
    take_in: Import, people: Acquaintances, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_rows.AT_ONCE", 1)
    monkeypatch.setattr("taskyard.kit.jobs.FIRST_RETRY", 0)
    asked = fail_at(people, 1)
    found = await take_in("key,title,parent,assignees\n1,One,,\n2,Two,1,bob@x.org\n", is_dry_run=True)
    assert (counts_of(found), found["notes"], len(asked)) == ((2, 0, 0), {}, 2)
