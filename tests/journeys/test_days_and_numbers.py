"""A day is a day wherever one is, an instant is one instant, and a number is the number that was told."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.people import Someone

NewPerson = Callable[[str], Someone]
ZONES = ("Pacific/Kiritimati", "Europe/Berlin", "UTC", "America/St_Johns", "Pacific/Pago_Pago")
"""From fourteen hours before UTC to eleven behind."""


def titles(person: Someone, query: str, project_id: str) -> list[str]:
    """What a query finds, by title."""
    items = person.get("/tasks", filter=query, sort="title", project_id=project_id)["items"]
    return [item["title"] for item in items]


def test_a_date_is_the_same_in_every_zone(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    days = ["2027-01-01", "2027-03-28", "2028-02-29", "2027-12-31"]
    for day in days:
        ann.post("/tasks", {"project_id": project_id, "title": day, "due_on": day, "start_on": day})

    for zone in ZONES:
        ann.patch("/me", {"time_zone": zone})
        tasks = ann.get("/tasks", project_id=project_id, sort="number")["items"]
        assert [(task["due_on"], task["start_on"], task["due_at"]) for task in tasks] == [
            (day, day, None) for day in days
        ]
        assert titles(ann, "due_on = 2027-03-28 and due = 2027-03-28 and start_on < 2027-03-29", project_id) == [
            days[1]
        ]
        again = ann.patch(f"/tasks/{tasks[0]['id']}", {"title": days[0], "due_on": days[0]})
        assert again == tasks[0], "nothing changes by saying it again in another zone"


@pytest.mark.parametrize(
    ("day", "instants"),
    [
        # 23 hours in Berlin: first and last second, and those around
        (
            "2027-03-28",
            ["2027-03-27T22:59:59Z", "2027-03-27T23:00:00Z", "2027-03-28T21:59:59Z", "2027-03-28T22:00:00Z"],
        ),
        # 25 hours
        (
            "2027-10-31",
            ["2027-10-30T21:59:59Z", "2027-10-30T22:00:00Z", "2027-10-31T22:59:59Z", "2027-10-31T23:00:00Z"],
        ),
    ],
)
def test_a_day_on_which_the_clock_changes_is_as_long_as_it_is(
    someone: NewPerson, day: str, instants: list[str]
) -> None:
    ann = someone("Ann")
    ann.patch("/me", {"time_zone": "Europe/Berlin"})
    project_id = ann.project(ann.workspace()["id"])["id"]
    for instant in instants:
        task = ann.post("/tasks", {"project_id": project_id, "title": instant, "due_at": instant})
        assert (task["due_at"], task["due_on"]) == (instant, None)

    assert titles(ann, f"due = {day}", project_id) == instants[1:3]
    assert titles(ann, f"due < {day}", project_id) == instants[:1]
    assert titles(ann, f"due > {day}", project_id) == instants[3:]


def test_an_instant_is_told_in_utc_whatever_offset_it_was_given_with(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    told = ["2027-03-28T03:30:00+02:00", "2027-03-27T21:00:00-04:30", "2027-03-28T01:30:00Z"]

    tasks = [ann.post("/tasks", {"project_id": project_id, "title": "One instant", "due_at": one}) for one in told]
    assert {task["due_at"] for task in tasks} == {"2027-03-28T01:30:00Z"}
    ann.post("/tasks", {"project_id": project_id, "title": "Nowhere", "due_at": "2027-03-28T03:30:00"}, status=422)


def test_numbers_are_kept_as_they_were_told(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    ann.post(f"/projects/{project_id}/fields", {"key": "size", "name": "Size", "kind": "number"})
    body: dict[str, Any] = {"project_id": project_id, "title": "Weigh it"}

    for number in (0, 0.01, 0.29, 1.1, 2.67, 12345.67, 99_999_999):
        task = ann.post("/tasks", {**body, "estimate": number, "custom": {"size": number}})
        assert (task["estimate"], task["custom"]) == (number, {"size": number})
        assert ann.get(f"/tasks/{task['id']}") == task
        found = ann.get("/tasks", filter=f"estimate = {number} and estimate <= {number}", project_id=project_id)
        assert [item["id"] for item in found["items"]] == [task["id"]]
    for wrong in (-1, 100_000_000, 1e300, "many"):
        ann.post("/tasks", {**body, "estimate": wrong}, status=422)
