"""Importing a workspace: all of it comes back, once, for who runs the one that it goes to."""

from typing import Any

import pytest

from taskyard.contracts.arrivals import Arrived
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable
from taskyard.project.actions.arrivals import ArrivalsOfProject
from taskyard.task.queries.imports import store_outcomes

from .carrying import DAY, Carriers, Line, as_elsewhere, file_of, lines_of, without_order
from .conftest import As


@pytest.fixture
async def carriers(databases: dict[str, Database], as_person: As, monkeypatch: pytest.MonkeyPatch) -> Carriers:
    for name in ("PAUSE", "REST"):
        monkeypatch.setattr(f"taskyard.task.actions.import_workspaces.{name}", 0)
    carriers = Carriers(databases, as_person)
    await carriers.build()
    return carriers


def counts_of(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["created"], found["present"], found["refused"]


def things_of(file: str) -> int:
    return sum(line["kind"] not in {"workspace", "person"} for line in lines_of(file))


async def test_a_workspace_comes_back_as_it_left(carriers: Carriers) -> None:
    await carriers.furnish()
    left = await carriers.leave()
    kinds = {line["kind"] for line in lines_of(left)}
    found = await carriers.arrive(left)
    back = await carriers.leave(carriers.new.workspace_id)

    assert len(kinds) == 18
    assert (found["created"], found["notes"]) == (things_of(left), {})
    people = [line for line in lines_of(back) if line["kind"] == "person"]
    assert [one for one in lines_of(left) if one["kind"] == "person" and one not in people] == []
    strangers = {one["id"] for one in people} - {one["id"] for one in lines_of(left)}
    assert without_order(as_elsewhere(left, carriers.new.workspace_id)) == [
        line for line in without_order(back) if not any(f'"id":"{one}"' in line for one in strangers)
    ]


async def test_what_was_public_elsewhere_is_not_public_here(carriers: Carriers) -> None:
    old, new = carriers.old, carriers.new
    for world in (old, new):
        await carriers.api.send(old.owner, "PATCH", world.path, {"public_projects": True})
    for key in ("private", "workspace", "public"):
        await old.project(key.upper(), visibility=key)
    assert (await carriers.arrive(await carriers.leave()))["refused"] == 0
    projects = (await carriers.api.send(old.owner, "GET", f"/projects?workspace_id={new.workspace_id}")).json()["items"]
    assert {one["key"]: one["visibility"] for one in projects} == {
        "PRIVATE": "private",
        "WORKSPACE": "workspace",
        "PUBLIC": "workspace",
    }
    for one in projects:
        assert (await carriers.api.send(None, "GET", f"/public/projects/{one['id']}")).status_code == 404


async def test_what_comes_again_is_there_already(carriers: Carriers) -> None:
    await carriers.furnish()
    left = await carriers.leave()
    first = await carriers.arrive(left)
    back = await carriers.leave(carriers.new.workspace_id)
    for _ in range(2):
        again = await carriers.arrive(left)
        assert counts_of(again) == (0, first["rows_total"], 0)
    assert without_order(await carriers.leave(carriers.new.workspace_id)) == without_order(back)


async def test_a_file_can_come_in_parts(carriers: Carriers) -> None:
    await carriers.furnish()
    left = await carriers.leave()
    lines = lines_of(left)
    people = [line for line in lines if line["kind"] in {"workspace", "person"}]
    rest = lines[len(people) :]
    for start in range(0, len(rest), 6):
        found = await carriers.arrive(file_of(*people, *rest[start : start + 6]))
        assert (found["refused"], found["created"]) == (0, len(rest[start : start + 6]))
    back = await carriers.leave(carriers.new.workspace_id)
    assert things_of(back) == things_of(left)


@pytest.mark.parametrize("at_once", [1, 20])
async def test_a_dry_run_says_what_would_become_and_changes_nothing(
    carriers: Carriers, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_workspaces.AT_ONCE", at_once)
    await carriers.furnish()
    left = await carriers.leave()
    tried = await carriers.arrive(left, is_dry_run=True)
    empty = await carriers.leave(carriers.new.workspace_id)
    real = await carriers.arrive(left)

    assert things_of(empty) == 0
    assert (counts_of(tried), tried["notes"]) == (counts_of(real), real["notes"])
    tried = await carriers.arrive(left, is_dry_run=True)
    assert counts_of(tried) == (0, real["rows_total"], 0)


async def test_an_attempt_goes_on_where_another_ended(carriers: Carriers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.task.actions.import_workspaces.AT_ONCE", 1)
    monkeypatch.setattr("taskyard.kit.jobs.FIRST_RETRY", 0)
    await carriers.furnish()
    left = await carriers.leave()
    for dry_run in (True, False):
        turns = list[int]()
        store = "taskyard.task.queries.imports.store_outcomes"

        async def fail_now_and_then(*told: Any, turns: list[int] = turns) -> None:
            turns.append(1)
            if len(turns) in {3, 10, 16}:
                raise ConnectionError
            await store_outcomes(*told)

        monkeypatch.setattr(store, fail_now_and_then)
        found = await carriers.arrive(left, is_dry_run=dry_run)
        assert (found["created"] + found["present"], found["refused"], len(turns) > 16) == (
            found["rows_total"],
            0,
            True,
        )
    back = await carriers.leave(carriers.new.workspace_id)
    assert things_of(back) == things_of(left)


async def test_who_is_no_member_is_left_out_and_told(carriers: Carriers) -> None:
    await carriers.furnish()
    left = await carriers.leave()
    member = carriers.old.member
    email = carriers.api.people.known[member].email
    found = await carriers.arrive(left.replace(email, "gone@example.com"))
    notes = [note for notes in found["notes"].values() for note in notes]

    assert found["refused"] == 1
    assert "gone@example.com is no member of the workspace." in notes
    assert "gone@example.com is no member of the workspace: they were left out." in notes
    assert "The value of person was left out: This person does not see the project." in notes
    (task,) = [line for line in lines_of(await carriers.leave(carriers.new.workspace_id)) if line["kind"] == "task"][:1]
    assert task["data"]["assignee_ids"] == []


async def test_a_project_whose_key_is_taken_is_refused_with_all_that_is_in_it(carriers: Carriers) -> None:
    await carriers.furnish()
    left = await carriers.leave()
    await carriers.new.project("OPS")
    found = await carriers.arrive(left)
    people = sum(line["kind"] == "person" for line in lines_of(left))

    assert counts_of(found) == (0, people, things_of(left))
    notes = {note for notes in found["notes"].values() for note in notes}
    assert "The project was not taken in: The workspace has another project with the key OPS." in notes
    assert "project_id: Its project is not here, or not yours to run." in notes
    assert (await carriers.arrive(left, is_dry_run=True))["refused"] == things_of(left)


def changed(lines: list[Line], kind: str, data: Line) -> list[Line]:
    """The lines with something else told of the first thing of a kind."""
    place = next(n for n, line in enumerate(lines) if line["kind"] == kind)
    line = lines[place]
    return [*lines[:place], line | {"data": line["data"] | data}, *lines[place + 1 :]]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("task", {"title": " "}, "title"),
    ("task", {"status": "nowhere"}, "status"),
    ("task", {"number": 0}, "task"),
    ("task", {"due_on": DAY, "due_at": f"{DAY}T00:00:00Z"}, "due_on"),
    ("task", {"milestone_id": "x"}, "milestone_id"),
    ("task", {"created_at": "0001-01-01T00:00:00+10:00"}, "created_at"),
    ("relation", {"kind": "likes"}, "data"),
    ("relation", {"target_id": new_id()}, "target_id"),
    ("checklist_item", {"rank": "!"}, "rank"),
    ("checklist_item", {"title": "x" * 256}, "title"),
    ("comment", {"body": "  "}, "body"),
    ("comment", {"task_id": new_id()}, "task_id"),
    ("comment", {"task_id": "x"}, "task_id"),
    ("reaction", {"emoji": "x"}, "emoji"),
    ("time_entry", {"seconds": None}, "seconds"),
    ("time_entry", {"note": "x" * 1001}, "note"),
    ("view", {"sort": "colour"}, "sort"),
    ("view", {"layout": "pie"}, "data"),
    ("recurrence", {"rule": "FREQ=HOURLY"}, "rule"),
    ("recurrence", {"time_zone": "Moon/Crater"}, "time_zone"),
]


@pytest.mark.parametrize(("kind", "data", "pointer"), WRONG)
async def test_what_makes_no_sense_is_refused(
    carriers: Carriers, kind: str, data: dict[str, Any], pointer: str
) -> None:
    await carriers.furnish()
    lines = changed(lines_of(await carriers.leave()), kind, data)
    place = next(n for n, line in enumerate(lines, 1) if line["kind"] == kind)
    found = await carriers.arrive(file_of(*lines))

    assert found["notes"][place][0].startswith(f"{pointer}: ")
    assert found["created"] > 10


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("project", {"name": " "}),
        ("state", {"key": None}),
        ("state", {"key": "todo"}),
        ("state", {"is_default": True}),
        ("label", {"color": "red"}),
        ("field", {"options": ["a"]}),
        ("iteration", {"ends_on": "2020-01-01"}),
        ("template", {"label_ids": ["x"]}),
    ],
)
async def test_a_project_that_makes_no_sense_is_refused_as_a_whole(
    carriers: Carriers, kind: str, data: dict[str, Any]
) -> None:
    await carriers.furnish()
    lines = changed(lines_of(await carriers.leave()), kind, data)
    found = await carriers.arrive(file_of(*lines))

    assert (found["created"], found["refused"]) == (0, things_of(file_of(*lines)))
    assert things_of(await carriers.leave(carriers.new.workspace_id)) == 0


async def test_a_project_has_no_more_than_it_could_be_given(
    carriers: Carriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await carriers.furnish()
    lines = lines_of(await carriers.leave())
    iteration = next(line for line in lines if line["kind"] == "iteration")
    twice = await carriers.arrive(file_of(*lines, iteration | {"id": new_id()}))
    monkeypatch.setattr("taskyard.project.actions.arriving_parts.MOST_LABELS", 0)
    many = await carriers.arrive(file_of(*lines))

    assert (twice["created"], many["created"]) == (0, 0)
    notes = {note for found in (twice, many) for notes in found["notes"].values() for note in notes}
    assert "The project was not taken in: The project has another iteration of this name, or one under way." in notes
    assert "The project was not taken in: A project has at most 0 labels." in notes


async def test_a_place_that_is_taken_is_not_taken_again(carriers: Carriers) -> None:
    await carriers.furnish()
    lines = lines_of(await carriers.leave())
    again = [next(line for line in lines if line["kind"] == kind) for kind in ("task", "checklist_item")]
    found = await carriers.arrive(file_of(*lines, *(line | {"id": new_id()} for line in again)))

    assert (found["created"], found["refused"]) == (things_of(file_of(*lines)), 2)
    assert all(notes[0].startswith("It cannot be there") for notes in found["notes"].values())


async def test_a_service_that_does_not_answer_is_asked_again(
    carriers: Carriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.kit.jobs.FIRST_RETRY", 0)
    await carriers.furnish()
    left, asked = await carriers.leave(), list[int]()

    async def fail_at_first(self: ArrivalsOfProject, **told: Any) -> list[Arrived]:
        asked.append(1)
        if len(asked) == 1:
            raise Unavailable
        return await take_in(self, **told)

    take_in = ArrivalsOfProject.take_project_in
    monkeypatch.setattr(ArrivalsOfProject, "take_project_in", fail_at_first)
    found = await carriers.arrive(left)
    assert (found["created"], found["refused"], len(asked)) == (things_of(left), 0, 2)
