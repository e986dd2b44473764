"""Tasks that are made again and again: once for each day, with the rights of whoever asked for them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from taskyard.contracts.task import RECURRENCE_CREATED, RECURRENCE_DELETED, RECURRENCE_UPDATED
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.task.models import recurrences as models

from .conftest import Acquaintances, World
from .recurring import DAY, PATH, made_by, tasks_of, today, types_of, wanted, work_off


@pytest.fixture(autouse=True)
def midnight() -> None:
    """Let every test begin early on a day, so that none spans two."""
    now = datetime.now(UTC)
    clock.travel(now.replace(hour=0, minute=1, second=0) + DAY - now)


async def test_it_makes_its_task_on_each_day_once(ann: httpx.AsyncClient, world: World) -> None:
    task = {"title": " Water the plants ", "priority": "high", "assignee_ids": [world.bob], "due_in_days": 2}
    recurrence = await made_by(ann, world, task=task, rule="rrule:freq=daily;count=3")
    assert recurrence["rule"] == "FREQ=DAILY;COUNT=3"
    assert (recurrence["state"], recurrence["time_zone"], recurrence["next_on"]) == (
        "active",
        "UTC",
        str(today() + DAY),
    )
    await work_off(world)
    assert await tasks_of(ann, world) == []
    start = today()
    for day in (1, 2):
        clock.travel(DAY)
        await work_off(world, runners=3)
        made = await tasks_of(ann, world)
        assert [one["due_on"] for one in made] == [str(start + (number + 3) * DAY) for number in range(day)]
    assert (made[0]["title"], made[0]["priority"], made[0]["assignee_ids"]) == ("Water the plants", "high", [world.bob])
    assert (made[0]["created_by"], made[0]["status"]) == (world.ann, "todo")
    now = (await ann.get(f"{PATH}/{recurrence['id']}")).json()
    assert (now["last_on"], now["last_task_id"], now["version"]) == (str(start + 2 * DAY), made[1]["id"], 3)
    clock.travel(DAY)
    await work_off(world)
    ended = (await ann.get(f"{PATH}/{recurrence['id']}")).json()
    assert (ended["state"], ended["next_on"], len(await tasks_of(ann, world))) == ("ended", None, 3)
    assert await types_of(world, recurrence["id"]) == [RECURRENCE_CREATED, *[RECURRENCE_UPDATED] * 3]
    origins = await world.owner.fetch(
        "SELECT origin, actor_id::text FROM log.events WHERE resource_id = $1", made[0]["id"]
    )
    assert [tuple(row) for row in origins] == [("automation", world.ann)]


async def test_days_that_passed_while_nothing_ran_are_made_up_for(ann: httpx.AsyncClient, world: World) -> None:
    await made_by(ann, world, task={"title": "Water", "due_in_days": 0})
    first = today() + DAY
    clock.travel(4 * DAY)
    await work_off(world, runners=2)
    assert [one["due_on"] for one in await tasks_of(ann, world)] == [str(first + number * DAY) for number in range(4)]


async def test_local_time_and_zone_say_when(ann: httpx.AsyncClient, world: World, people: Acquaintances) -> None:
    people.zones[world.ann] = "Asia/Tokyo"
    body = {"rule": "FREQ=MONTHLY", "starts_on": "2030-01-31", "at": "09:00"}
    recurrence = await made_by(ann, world, **body)
    assert recurrence["time_zone"] == "Asia/Tokyo"
    days = (await ann.get(f"{PATH}/{recurrence['id']}/days", params={"limit": 2})).json()["items"]
    assert days == [
        {"on": "2030-01-31", "at": "2030-01-31T00:00:00+00:00"},
        {"on": "2030-02-28", "at": "2030-02-28T00:00:00+00:00"},
    ]


async def test_pausing_leaves_days_out(ann: httpx.AsyncClient, world: World) -> None:
    one = f"{PATH}/{(await made_by(ann, world))['id']}"
    paused = await ann.post(f"{one}/pause", headers={"If-Match": '"1"'})
    assert (paused.status_code, paused.json()["state"], paused.json()["next_on"]) == (200, "paused", None)
    assert (await ann.post(f"{one}/pause")).json() == paused.json()
    assert (await ann.get(f"{one}/days")).json()["items"] == []
    clock.travel(3 * DAY)
    await work_off(world)
    assert await tasks_of(ann, world) == []
    resumed = await ann.post(f"{one}/resume")
    assert (resumed.json()["state"], resumed.json()["next_on"]) == ("active", str(today() + DAY))
    clock.travel(DAY)
    await work_off(world)
    assert len(await tasks_of(ann, world)) == 1


async def test_changes_count_from_then_on(ann: httpx.AsyncClient, world: World) -> None:
    recurrence = await made_by(ann, world)
    one = f"{PATH}/{recurrence['id']}"
    same = await ann.patch(one, json={"rule": "FREQ=DAILY", "at": "00:00"})
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    body = {"rule": "FREQ=DAILY;INTERVAL=3", "task": {"title": "Mow the lawn"}, "at": "00:30", "time_zone": "UTC"}
    changed = await ann.patch(one, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"], changed.json()["task"]["title"]) == (200, 2, "Mow the lawn")
    assert (await ann.patch(one, json=body, headers={"If-Match": '"1"'})).status_code == 412
    clock.travel(2 * DAY)
    await work_off(world)
    assert [task["title"] for task in await tasks_of(ann, world)] == ["Mow the lawn"]
    paused = await ann.post(f"{one}/pause")
    assert paused.json()["state"] == "paused"
    assert (await ann.patch(one, json={"rule": "FREQ=WEEKLY"})).json()["state"] == "paused"
    over = await ann.patch(one, json={"rule": f"FREQ=DAILY;UNTIL={today() - DAY:%Y%m%d}"})
    assert (over.json()["state"], over.json()["next_on"]) == ("ended", None)
    assert (await ann.post(f"{one}/resume")).json()["code"] == "recurrence_over"
    assert (await ann.patch(one, json={"rule": "FREQ=DAILY"})).json()["state"] == "active"


async def test_deleting_ends_it_and_keeps_its_tasks(ann: httpx.AsyncClient, world: World) -> None:
    recurrence = await made_by(ann, world)
    clock.travel(DAY)
    await work_off(world)
    one = f"{PATH}/{recurrence['id']}"
    assert (await ann.delete(one, headers={"If-Match": '"1"'})).status_code == 412
    assert (await ann.delete(one)).status_code == 204
    assert (await ann.get(one)).status_code == 404
    clock.travel(DAY)
    await work_off(world)
    assert len(await tasks_of(ann, world)) == 1
    assert (await types_of(world, recurrence["id"]))[-1] == RECURRENCE_DELETED


@pytest.mark.parametrize("loss", ["access", "project"])
async def test_a_task_that_is_refused_pauses_it_and_says_why(ann: httpx.AsyncClient, world: World, loss: str) -> None:
    recurrence = await made_by(ann, world)
    if loss == "access":
        await world.revoke(world.ann)
    else:
        await world.archive()
    clock.travel(DAY)
    await work_off(world)
    row = await world.owner.fetch_row(
        "SELECT state, problem, next_on FROM task.recurrences WHERE id = $1", recurrence["id"]
    )
    assert row is not None
    assert tuple(row) == ("paused", {"access": "project_not_found", "project": "project_archived"}[loss], None)
    assert await types_of(world, recurrence["id"]) == [RECURRENCE_CREATED, RECURRENCE_UPDATED]


async def test_assignees_who_lost_sight_of_the_project_stay_out(ann: httpx.AsyncClient, world: World) -> None:
    await made_by(ann, world, task={"title": "Water", "assignee_ids": [world.bob, world.ann]})
    await world.revoke(world.bob)
    clock.travel(DAY)
    await work_off(world)
    assert [task["assignee_ids"] for task in await tasks_of(ann, world)] == [[world.ann]]


async def test_a_change_while_its_task_is_made_is_not_lost(ann: httpx.AsyncClient, world: World) -> None:
    one = f"{PATH}/{(await made_by(ann, world))['id']}"
    clock.travel(DAY)
    patches = [ann.patch(one, json={"task": {"title": f"Title {number}"}}) for number in range(8)]
    answers, _ = await asyncio.gather(asyncio.gather(*patches), work_off(world, runners=2))
    assert {answer.status_code for answer in answers} == {200}
    made = await tasks_of(ann, world)
    assert len(made) == 1
    assert (await ann.get(one)).json()["last_task_id"] == made[0]["id"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"rule": "FREQ=HOURLY"}, "/rule"),
        ({"rule": ""}, "/rule"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "/rule"),
        ({"starts_on": "2020-01-01"}, "/starts_on"),
        ({"starts_on": "2090-01-01"}, "/starts_on"),
        ({"at": "24:00"}, "/at"),
        ({"time_zone": "Moon/Crater"}, "/time_zone"),
        ({"task": {}}, "/task"),
        ({"task": {"title": " "}}, "/title"),
        ({"task": {"title": "Water", "assignee_ids": [new_id()]}}, "/assignee_ids/0"),
        ({"task": {"title": "Water", "status": "nowhere"}}, "/status"),
        ({"task": {"title": "Water", "label_ids": [new_id()]}}, "/label_ids/0"),
        ({"task": {"title": "Water", "due_on": "2027-01-01"}}, "/task"),
        ({"end": "never"}, ""),
    ],
)
async def test_what_cannot_recur_is_refused_at_once(
    ann: httpx.AsyncClient, world: World, change: dict[str, Any], pointer: str
) -> None:
    answer = await ann.post(PATH, json=wanted(world, **change))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert await tasks_of(ann, world) == []


async def test_a_change_that_cannot_recur_is_refused(ann: httpx.AsyncClient, world: World) -> None:
    one = f"{PATH}/{(await made_by(ann, world))['id']}"
    for body in (
        {"rule": "FREQ=SOMETIMES"},
        {"time_zone": "Moon/Crater"},
        {"task": {"title": "x", "status": "nowhere"}},
    ):
        assert (await ann.patch(one, json=body)).status_code == 422
    assert (await ann.get(one)).json()["version"] == 1


async def test_a_project_has_a_bounded_number(
    ann: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.task.actions.recurrences.MOST_RECURRENCES", 1)
    assert models.MOST_RECURRENCES > 1
    await made_by(ann, world)
    assert (await ann.post(PATH, json=wanted(world))).json()["code"] == "too_many_recurrences"
