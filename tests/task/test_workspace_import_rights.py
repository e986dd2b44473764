"""Who may import a workspace, what is no file of one, and what is made of things that there are not here."""

from typing import Any

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.task.actions.import_workspaces import take_workspace_in
from taskyard.task.actions.landing import TAKEN_UP, Landing
from taskyard.task.models.arrivals import TAKEN
from taskyard.task.models.imports import Importing, Row

from .carrying import Carriers, Line, file_of, lines_of
from .conftest import As

ID = "01987654-3210-7000-8000-000000000000"
HEADING = {"kind": "workspace", "format": "taskyard/1", "id": ID}


@pytest.fixture
async def carriers(databases: dict[str, Database], as_person: As, monkeypatch: pytest.MonkeyPatch) -> Carriers:
    for name in ("PAUSE", "REST"):
        monkeypatch.setattr(f"taskyard.task.actions.import_workspaces.{name}", 0)
    carriers = Carriers(databases, as_person)
    await carriers.build()
    return carriers


async def test_an_import_is_for_who_runs_the_workspace(carriers: Carriers, as_person: As) -> None:
    world = carriers.new
    body = {"workspace_id": world.workspace_id, "format": "json", "content": file_of(HEADING)}
    unscoped = as_person(world.owner, scopes=frozenset({"imports:read"}))
    limited = as_person(world.owner, project_ids=frozenset({new_id()}))
    clients = [*map(as_person, (world.outsider, world.guest, world.member)), unscoped, limited, as_person(None)]
    answers = [await client.post("/imports", json=body) for client in clients]
    assert [answer.status_code for answer in answers] == [404, 403, 403, 403, 403, 401]

    asked = await carriers.ann.post("/imports", json=body, headers={"Idempotency-Key": "once"})
    again = await carriers.ann.post("/imports", json=body, headers={"Idempotency-Key": "once"})
    assert (asked.status_code, asked.json()["project_id"], asked.json()) == (201, None, again.json())
    path = f"/imports/{asked.json()['id']}"
    readers = (as_person(world.owner), as_person(carriers.old.owner, project_ids=frozenset({new_id()})))
    assert [(await client.get(path)).status_code for client in readers] == [404, 404]
    assert (await carriers.ann.get(path)).status_code == 200
    owner = await carriers.api.send(world.owner, "GET", f"{world.path}/members")
    (mine,) = [one for one in owner.json()["items"] if one["user_id"] == carriers.old.owner]
    await carriers.api.send(world.owner, "PATCH", f"{world.path}/members/{mine['user_id']}", {"role": "member"})
    assert (await carriers.ann.get(path)).status_code == 404
    assert (await carriers.ann.post("/imports", json=body, headers={"Idempotency-Key": "once"})).status_code == 403


@pytest.mark.parametrize(
    "content",
    [
        *("x", "[]", '{"kind": "task"}', '{"kind": "task", "id": "x"}', '{"kind": "task", "id": 1}'),
        file_of(HEADING | {"format": "taskyard/2"}),
        file_of(*[{"kind": "person", "id": ID}] * 3),
        file_of({"kind": "task", "id": ID, "data": {"title": "\0"}}),
    ],
)
async def test_a_file_that_is_none_is_refused(
    carriers: Carriers, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_lines.MOST_ROWS", 2)
    body = {"workspace_id": carriers.new.workspace_id, "format": "json", "content": content}
    answer = await carriers.ann.post("/imports", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/content")


@pytest.mark.parametrize(
    ("names", "format_", "pointer"),
    [
        ((), "json", "/workspace_id"),
        (("workspace_id", "project_id"), "json", "/workspace_id"),
        ((), "csv", "/project_id"),
        (("workspace_id", "project_id"), "csv", "/project_id"),
    ],
)
async def test_each_format_has_its_place(
    carriers: Carriers, names: tuple[str, ...], format_: str, pointer: str
) -> None:
    body = {"format": format_, "content": file_of(HEADING)} | dict.fromkeys(names, carriers.new.workspace_id)
    answer = await carriers.ann.post("/imports", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_what_there_is_not_here_is_left_out_and_told(carriers: Carriers) -> None:
    await carriers.furnish()
    lines = lines_of(await carriers.leave())
    for line in lines:
        if line["kind"] == "task" and line["data"]["parent_id"]:
            gone = {"parent_id": new_id(), "label_ids": [new_id()], "milestone_id": new_id(), "iteration_id": new_id()}
            line["data"] |= gone | {"custom": {"number": "x", "no": 1, "select": None}, "assignee_ids": []}
        if line["kind"] == "workflow":
            line["data"]["transitions"][0]["roles"] = ["inspector"]
    kept = [line for line in lines if line["kind"] != "label"]
    found = await carriers.arrive(file_of(*kept, {"kind": "wish", "id": new_id()}))
    notes = "\n".join(note for notes in found["notes"].values() for note in notes)

    assert found["refused"] == 1
    for told in ("wish", "parent"):
        assert told not in notes
    for told in (
        "This version does not know what this is.",
        "What it is part of is not here",
        *(f"The project does not have its {part}" for part in ("label", "milestone", "iteration")),
        *(f"The value of {key} was left out" for key in ("number", "no", "select")),
        "The way from any state to blocked is for roles that there are not here",
    ):
        assert told in notes


async def test_a_way_for_roles_that_are_no_more_is_not_for_everybody(carriers: Carriers) -> None:
    await carriers.furnish()
    gone = "UPDATE project.transitions SET role_ids = ARRAY[$2::uuid] WHERE workspace_id = $1"
    await carriers.databases["owner"].execute(gone, carriers.old.workspace_id, ID)
    left = await carriers.leave()
    await carriers.arrive(left)
    (workflow,) = [
        line for line in lines_of(await carriers.leave(carriers.new.workspace_id)) if line["kind"] == "workflow"
    ]
    assert ID in left
    assert workflow["data"]["transitions"] == []


async def test_an_archived_project_arrives_archived(carriers: Carriers) -> None:
    project_id = await carriers.furnish()
    await carriers.api.send(carriers.old.owner, "POST", f"/projects/{project_id}/archive")
    left = await carriers.leave()
    found = await carriers.arrive(left)
    (project,) = [
        line for line in lines_of(await carriers.leave(carriers.new.workspace_id)) if line["kind"] == "project"
    ]
    assert (found["refused"], project["data"]["archived_at"] is None) == (0, False)


async def test_there_are_no_more_lists_than_could_be_made(carriers: Carriers, monkeypatch: pytest.MonkeyPatch) -> None:
    await carriers.furnish()
    lines = lines_of(await carriers.leave())
    for name in ("MOST_VIEWS", "MOST_RECURRENCES"):
        monkeypatch.setattr(f"taskyard.task.actions.arriving_lists.{name}", 0)
    found = await carriers.arrive(file_of(*lines))
    assert found["refused"] == 3
    assert {note[0] for note in found["notes"].values()} == {TAKEN_UP}


async def test_who_loses_the_project_amid_it_imports_no_more(
    carriers: Carriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await carriers.furnish()
    lines = lines_of(await carriers.leave())
    prepare, owner = Landing.prepare, carriers.databases["owner"]

    async def lose_and_prepare(self: Landing, kind: str, rows: list[Row]) -> None:
        await prepare(self, kind, rows)
        if kind != "task":
            away = "DELETE FROM project.access WHERE workspace_id = $1"
            await owner.execute(away, carriers.new.workspace_id)

    monkeypatch.setattr(Landing, "prepare", lose_and_prepare)
    found = await carriers.arrive(file_of(*lines))
    hanging = [line for line in lines if line["kind"] in TAKEN and line["kind"] != "task"]
    assert found["refused"] == len(hanging) > 8


async def test_tasks_do_not_wait_for_themselves(carriers: Carriers) -> None:
    await carriers.furnish()
    lines = lines_of(await carriers.leave())
    blocks = next(line for line in lines if line["kind"] == "relation" and line["data"]["kind"] == "blocks")
    ends = {"task_id": blocks["data"]["target_id"], "target_id": blocks["data"]["task_id"]}
    circle = blocks | {"id": new_id(), "data": blocks["data"] | ends}
    itself = blocks | {"id": new_id(), "data": blocks["data"] | {"target_id": blocks["data"]["task_id"]}}
    like = blocks | {"id": new_id()}
    found = await carriers.arrive(file_of(*lines, circle, itself, like))
    notes = [found["notes"][len(lines) + n][0] for n in (1, 2, 3)]

    assert found["refused"] == 3
    assert notes[0].startswith("A task would wait for itself")
    assert notes[1] == "target_id: A task is not related to itself."
    assert notes[2].startswith("It cannot be there")


async def test_who_loses_the_workspace_imports_no_more(carriers: Carriers) -> None:
    await carriers.furnish()
    left = await carriers.leave()
    body = {"workspace_id": carriers.new.workspace_id, "format": "json", "content": left}
    asked = (await carriers.ann.post("/imports", json=body)).json()
    path = f"{carriers.new.path}/members/{carriers.old.owner}"
    answer = await carriers.api.send(carriers.new.owner, "PATCH", path, {"role": "member"})
    assert answer.status_code == 200, answer.text
    await carriers.work()
    sql = "SELECT created, refused = rows_total FROM task.imports WHERE id = $1"
    row = await carriers.databases["owner"].fetch_row(sql, asked["id"])
    assert row is not None
    assert tuple(row) == (0, True)


async def test_what_nobody_wants_any_more_is_not_taken_in(carriers: Carriers) -> None:
    class Nobody:
        """Is not asked."""

        async def take_project_in(self, **_: Any) -> list[Any]:
            raise AssertionError

    named, task = Importing(carriers.new.workspace_id, new_id()), carriers.databases["task"]
    assert await take_workspace_in(task, carriers.api.people, Nobody(), named, "") is None


def task_of(lines: list[Line]) -> Line:
    """The first task of a file."""
    return next(line for line in lines if line["kind"] == "task")


async def test_new_tasks_are_numbered_from_behind(carriers: Carriers) -> None:
    await carriers.furnish()
    found = lines_of(await carriers.leave())
    task_of(found)["data"]["number"] = 40
    await carriers.arrive(file_of(*found))
    path = f"/projects?workspace_id={carriers.new.workspace_id}"
    (project,) = (await carriers.api.send(carriers.old.owner, "GET", path)).json()["items"]
    assert (await carriers.made("/tasks", {"project_id": project["id"], "title": "Next"}))["number"] == 41
