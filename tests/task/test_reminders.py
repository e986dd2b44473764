"""Being reminded: everybody's own, told once when its time has come, whatever dies between."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from taskyard.contracts.task import REMINDER_CREATED, REMINDER_DELETED, REMINDER_TOLD
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import handlers
from taskyard.task.models.reminders import FARTHEST, MOST_REMINDERS
from tests.kit.log_writers import eventually, running

from .conftest import As, NewTaskOf, World

HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    """An hour from which on reminders are counted."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + HOUR


@pytest.fixture
async def path(new_task: NewTaskOf) -> str:
    """The reminders of a new task."""
    return f"/tasks/{(await new_task())['id']}/reminders"


def at(instant: datetime) -> dict[str, str]:
    return {"remind_at": instant.isoformat()}


async def told(world: World, runners: int = 1) -> list[dict[str, Any]]:
    """What was told of the workspace's reminders once all their jobs that are due are done."""
    due = "SELECT NOT EXISTS (SELECT FROM jobs WHERE kind = 'remind' AND state = 'waiting' AND due_at <= $1)"

    async def is_done() -> bool:
        return bool(await world.task.fetch_value(due, clock.now()))

    works = [JobRunner(world.task, handlers(world.task), Signal()).run() for _ in range(runners)]
    async with running(*works):
        await eventually(is_done)
    statement = "SELECT audience_id::text, origin, version, data FROM log.events WHERE type = $1 AND workspace_id = $2"
    return [dict(row) for row in await world.owner.fetch(statement, REMINDER_TOLD, world.workspace_id)]


async def types_of(world: World, reminder_id: str) -> list[str]:
    return [kind for kind, _, _ in await world.events_of(reminder_id)]


async def test_a_viewer_is_reminded_and_sees_only_their_own(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, path: str, now: datetime, world: World
) -> None:
    late, soon = [await vera.post(path, json=at(now + hours * HOUR)) for hours in (2, 1)]
    assert (late.status_code, late.headers["etag"]) == (201, '"1"')
    assert late.headers["location"] == f"/api/v1{path}/{late.json()['id']}"
    assert soon.json()["person_id"] == world.vera
    assert (await vera.get(path)).json() == {"items": [soon.json(), late.json()], "next_cursor": None}
    assert (await ann.get(path)).json()["items"] == []
    assert await types_of(world, soon.json()["id"]) == [REMINDER_CREATED]


async def test_it_is_told_once_to_whose_it_is_when_its_time_has_come(
    vera: httpx.AsyncClient, path: str, now: datetime, world: World
) -> None:
    reminder = (await vera.post(path, json=at(now))).json()
    assert await told(world) == []
    clock.travel(now - clock.now() + timedelta(seconds=1))
    for runners in (3, 1):
        [event] = await told(world, runners)
        assert (event["audience_id"], event["origin"], event["version"]) == (world.vera, "automation", 2)
    assert (await vera.get(path)).json()["items"] == []
    assert await types_of(world, reminder["id"]) == [REMINDER_CREATED, REMINDER_TOLD]


async def test_one_that_was_taken_back_is_not_told(
    vera: httpx.AsyncClient, path: str, now: datetime, world: World
) -> None:
    one = f"{path}/{(await vera.post(path, json=at(now))).json()['id']}"
    assert (await vera.delete(one, headers={"If-Match": '"2"'})).status_code == 412
    assert (await vera.delete(one, headers={"If-Match": '"1"'})).status_code == 204
    assert (await vera.delete(one)).status_code == 404
    clock.travel(now - clock.now() + HOUR)
    assert await told(world) == []
    assert await types_of(world, one.rpartition("/")[2]) == [REMINDER_CREATED, REMINDER_DELETED]


async def test_one_of_a_task_in_the_trash_is_not_told(
    ann: httpx.AsyncClient, path: str, now: datetime, world: World
) -> None:
    await ann.post(path, json=at(now))
    await ann.delete(path.removesuffix("/reminders"))
    clock.travel(now - clock.now() + HOUR)
    assert await told(world) == []
    assert (await ann.get(path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"remind_at": "tomorrow"},
        {"remind_at": "2027-02-10T09:00:00"},
        {"remind_at": "2020-02-10T09:00:00Z"},
        {"remind_at": (datetime.now(UTC) + FARTHEST + HOUR).isoformat()},
        {"remind_at": None},
        {"remind_at": "2027-02-10T09:00:00Z", "person_id": new_id()},
    ],
)
async def test_instants_that_nobody_can_be_reminded_at_are_refused(
    ann: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    assert (await ann.post(path, json=body)).status_code == 422


async def test_nobody_is_reminded_twice_at_an_instant(ann: httpx.AsyncClient, path: str, now: datetime) -> None:
    answers = await asyncio.gather(*(ann.post(path, json=at(now)) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "reminder_exists"}


async def test_there_is_an_end_to_reminders_of_one_task(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, path: str, now: datetime
) -> None:
    wanted = [at(now + hours * HOUR) for hours in range(MOST_REMINDERS + 2)]
    answers = await asyncio.gather(*(ann.post(path, json=body) for body in wanted))
    assert sorted(answer.status_code for answer in answers) == [201] * MOST_REMINDERS + [409] * 2
    assert {answer.json()["code"] for answer in answers if answer.is_error} == {"too_many_reminders"}
    assert (await vera.post(path, json=at(now))).status_code == 201


async def test_an_archived_project_takes_no_more_and_lets_go(
    ann: httpx.AsyncClient, path: str, now: datetime, world: World
) -> None:
    reminder = (await ann.post(path, json=at(now))).json()
    await world.archive()
    refused = await ann.post(path, json=at(now + HOUR))
    assert (refused.status_code, refused.json()["code"]) == (409, "project_archived")
    assert (await ann.delete(f"{path}/{reminder['id']}")).status_code == 204


async def test_reminders_are_for_who_sees_the_task_and_never_of_others(
    as_person: As, path: str, now: datetime, world: World
) -> None:
    ann = as_person(world.ann)
    one = f"{path}/{(await ann.post(path, json=at(now))).json()['id']}"
    limited = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))
    unscoped = as_person(world.ann, scopes=frozenset({"comments:write"}))
    for client, status in ((as_person(world.otto), 404), (limited, 404), (unscoped, 403), (as_person(None), 401)):
        assert (await client.get(path)).status_code == status
        assert (await client.post(path, json=at(now + HOUR))).status_code == status
        assert (await client.delete(one)).status_code == status
    assert (await as_person(world.bob).delete(one)).status_code == 404
    assert (await ann.delete(f"{path}/nonsense")).status_code == 404
    assert (await ann.delete(f"{path}/{new_id()}")).status_code == 404


async def test_a_replay_is_refused_to_who_lost_the_task(
    vera: httpx.AsyncClient, path: str, now: datetime, world: World
) -> None:
    key = {"Idempotency-Key": new_id()}
    first = await vera.post(path, json=at(now), headers=key)
    again = await vera.post(path, json=at(now), headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    one, other = f"{path}/{first.json()['id']}", {"Idempotency-Key": new_id()}
    assert (await vera.delete(one, headers=other)).status_code == 204
    assert (await vera.delete(one, headers=other)).headers["idempotency-replayed"] == "true"
    await world.revoke(world.vera)
    assert (await vera.post(path, json=at(now), headers=key)).status_code == 404
    assert (await vera.delete(one, headers=other)).status_code == 404
