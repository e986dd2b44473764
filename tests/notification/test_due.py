"""Tasks that are due: told by the clock of whoever is concerned, each date once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import Job
from taskyard.kit.locks import LockLost, Locks
from taskyard.kit.queries.locks import raise_fence
from taskyard.kit.redis import Redis
from taskyard.notification.actions.due import tell_of_due_tasks
from taskyard.notification.jobs import LOOK, LOOK_LEASE, TELL_OF_DUE_TASKS, due_handlers
from tests.notification.company import AT, Company
from tests.notification.door import Door

DUE = date(2027, 2, 10)


class Calendar:
    """The job that looks, and what people are told then."""

    def __init__(self, door: Door, databases: dict[str, Database]) -> None:
        self.door, self.databases = door, databases

    async def told(self, person_id: str, at: str) -> list[str]:
        """What somebody has been told when the job has looked at an instant (UTC)."""
        clock.travel(datetime.fromisoformat(at).replace(tzinfo=UTC) - clock.now())
        await tell_of_due_tasks(self.databases["notification"], "job")
        items: list[dict[str, Any]] = await self.door.items(person_id, "/notifications")
        return [item["reason"] for item in reversed(items)]


@pytest.fixture
def calendar(door: Door, databases: dict[str, Database]) -> Calendar:
    return Calendar(door, databases)


@pytest.mark.parametrize(
    ("zone", "offset"), [("UTC", 0), ("Asia/Tokyo", 9), ("America/Los_Angeles", -8), ("Pacific/Kiritimati", 14)]
)
async def test_a_date_is_that_date_wherever_somebody_lives(
    company: Company, calendar: Calendar, zone: str, offset: int
) -> None:
    await company.register(company.colleague, zone)
    await company.add_task(company.colleague, due_on=DUE)

    def there(text: str, seconds: int = 0) -> str:
        return (datetime.fromisoformat(text) - timedelta(hours=offset) + timedelta(seconds=seconds)).isoformat()

    assert await calendar.told(company.colleague, there("2027-02-09T08:00", -1)) == []
    assert await calendar.told(company.colleague, there("2027-02-09T08:00")) == ["due_soon"]
    assert await calendar.told(company.colleague, there("2027-02-11T08:00", -1)) == ["due_soon"]
    assert await calendar.told(company.colleague, there("2027-02-11T08:00")) == ["due_soon", "overdue"]


async def test_an_instant_is_announced_a_day_before_and_when_it_has_passed(
    company: Company, calendar: Calendar
) -> None:
    await company.register(company.colleague, "Asia/Tokyo")
    await company.add_task(company.colleague, due_at=datetime(2027, 2, 10, 17, tzinfo=UTC))
    assert await calendar.told(company.colleague, "2027-02-09T16:59") == []
    assert await calendar.told(company.colleague, "2027-02-09T17:00") == ["due_soon"]
    assert await calendar.told(company.colleague, "2027-02-10T16:59") == ["due_soon"]
    assert await calendar.told(company.colleague, "2027-02-10T17:00") == ["due_soon", "overdue"]


async def test_each_date_is_told_once_however_many_look(
    company: Company, calendar: Calendar, databases: dict[str, Database]
) -> None:
    task_id = await company.add_task(company.colleague, due_on=DUE)
    clock.travel(datetime(2027, 2, 10, 9, tzinfo=UTC) - clock.now())
    await asyncio.gather(*(tell_of_due_tasks(databases["notification"], "job") for _ in range(4)))
    assert await calendar.told(company.colleague, "2027-02-10T10:00") == ["due_soon"]
    move = "UPDATE task.tasks SET due_on = $2 WHERE id = $1"
    for day in (DUE + timedelta(days=1), DUE):
        await databases["owner"].execute(move, task_id, day)
        assert await calendar.told(company.colleague, "2027-02-10T11:00") == ["due_soon", "due_soon"]
    await company.place()
    events = await calendar.door.items(company.colleague, "/events?type=notification.created.v1")
    assert [event["origin"] for event in events] == ["automation"] * 2


@pytest.fixture
async def locks(redis_url: str, databases: dict[str, Database]) -> AsyncIterator[Locks]:
    """Those of another process."""
    redis = Redis(redis_url)
    yield Locks(redis, databases["notification"])
    await redis.close()


async def look(databases: dict[str, Database], locks: Locks) -> None:
    """The job, as its runner does it."""
    jobs = due_handlers(databases["notification"], locks)
    row = {"id": new_id(), "kind": TELL_OF_DUE_TASKS, "lease_number": 1, "due_at": clock.now(), "attempts": 1}
    await jobs[TELL_OF_DUE_TASKS](Job(databases["notification"], {**row, "max_attempts": 1, "payload": "{}"}))


async def test_one_look_at_a_time_is_enough(
    company: Company, calendar: Calendar, databases: dict[str, Database], locks: Locks
) -> None:
    await company.add_task(company.colleague, due_on=DUE)
    clock.travel(datetime(2027, 2, 10, 9, tzinfo=UTC) - clock.now())
    path = "/notifications"
    async with locks.held(LOOK, LOOK_LEASE) as lock:
        assert lock is not None
        await look(databases, locks)
    assert await calendar.door.items(company.colleague, path) == []
    await look(databases, locks)
    assert len(await calendar.door.items(company.colleague, path)) == 1


async def test_look_that_lost_its_lock_tells_nothing(
    company: Company, calendar: Calendar, databases: dict[str, Database], locks: Locks
) -> None:
    await company.add_task(company.colleague, due_on=DUE)
    clock.travel(datetime(2027, 2, 10, 9, tzinfo=UTC) - clock.now())
    late = await locks.acquire(LOOK, LOOK_LEASE)
    assert late is not None
    await raise_fence(databases["notification"], LOOK, LOOK_LEASE)
    with pytest.raises(LockLost):
        await tell_of_due_tasks(databases["notification"], "job", late)
    assert await calendar.door.items(company.colleague, "/notifications") == []
    await locks.release(late)


async def test_a_service_account_is_not_told(company: Company, calendar: Calendar) -> None:
    await company.employ(company.boss)
    await company.add_task(due_on=DUE)
    assert await calendar.told(company.boss, "2027-02-10T09:00") == []


async def test_what_nobody_is_to_do_concerns_who_made_it(company: Company, calendar: Calendar) -> None:
    await company.add_task(due_on=DUE)
    assert await calendar.told(company.boss, "2027-02-10T09:00") == ["due_soon"]
    assert await calendar.told(company.colleague, "2027-02-10T09:00") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE task.tasks SET completed_at = $2 WHERE id = $1",
        "UPDATE task.tasks SET deleted_at = $2 WHERE id = $1",
        "UPDATE task.tasks SET due_on = due_on - 9 WHERE id = $1 AND $2 > '2000-01-01'::timestamptz",
        "UPDATE project.projects SET archived_at = $2 WHERE id = (SELECT project_id FROM task.tasks WHERE id = $1)",
    ],
)
async def test_what_is_done_gone_long_past_or_archived_is_not_told(
    company: Company, calendar: Calendar, databases: dict[str, Database], change: str
) -> None:
    task_id = await company.add_task(company.colleague, due_on=DUE)
    await databases["owner"].execute(change, task_id, AT)
    assert await calendar.told(company.colleague, "2027-02-10T09:00") == []


async def test_who_muted_it_or_lost_it_is_not_told(
    company: Company, calendar: Calendar, databases: dict[str, Database]
) -> None:
    task_id = await company.add_task(company.colleague, company.guest, company.stranger, due_on=DUE)
    path = f"/notification-preferences/mutes/tasks/{task_id}"
    assert (await calendar.door.send(company.colleague, "PUT", path)).status_code == 204
    assert await calendar.told(company.colleague, "2027-02-10T09:00") == []
    assert await calendar.told(company.guest, "2027-02-10T09:00") == ["due_soon"]
    statement = "SELECT count(*) FROM notification.notifications WHERE person_id = $1"
    assert await databases["owner"].fetch_value(statement, company.stranger) == 0


async def test_more_than_a_page_is_told(company: Company, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.notification.actions.due.AT_ONCE", 2)
    for _ in range(5):
        await company.add_task(company.colleague, due_on=DUE)
    assert await calendar.told(company.colleague, "2027-02-10T09:00") == ["due_soon"] * 5
