"""What people do with what they were told: unread again, snoozed, archived, counted."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from taskyard.kit import clock
from taskyard.kit.principal import Principal
from tests.notification.company import Company
from tests.notification.door import Door

Act = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def act(company: Company, door: Door) -> Act:
    """One notification of the colleague, and what they do with it."""
    await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications")

    async def do(verb: str, body: object = None) -> dict[str, Any]:
        answer = await door.send(company.colleague, "POST", f"/notifications/{told['id']}/{verb}", body)
        assert answer.status_code == 200, answer.text
        notification: dict[str, Any] = answer.json()
        return notification

    return do


async def folders(company: Company, door: Door) -> list[str]:
    """Where the colleague's notifications are."""
    names = ("inbox", "snoozed", "archived")
    return [name for name in names for _ in await door.items(company.colleague, f"/notifications?folder={name}")]


async def unread(company: Company, door: Door) -> tuple[int, int]:
    """How many are counted as unread, and how many are listed."""
    counted = (await door.send(company.colleague, "GET", "/notifications/unread-count")).json()["unread"]
    return counted, len(await door.items(company.colleague, "/notifications?unread=true"))


def tomorrow() -> str:
    return (clock.now() + timedelta(days=1)).isoformat()


async def test_unread_again_counts_again_and_is_announced(company: Company, door: Door, act: Act) -> None:
    assert await unread(company, door) == (1, 1)
    await act("read")
    assert await unread(company, door) == (0, 0)
    again = await act("unread")
    assert (again["read_at"], again["version"]) == (None, 3)
    assert await unread(company, door) == (1, 1)
    assert (await act("unread"))["version"] == 3
    await company.place()
    [event] = await door.items(company.colleague, "/events?type=notification.updated.v1")
    assert event["changes"]["read_at"]["to"] is None


async def test_snoozed_is_away_until_its_instant_and_back_unread(company: Company, door: Door, act: Act) -> None:
    await act("read")
    snoozed = await act("snooze", {"until": tomorrow()})
    assert snoozed["read_at"] is None
    assert (await folders(company, door), await unread(company, door)) == (["snoozed"], (0, 0))
    assert (await door.send(company.colleague, "POST", "/notifications/read-all")).json() == {"read": 0}
    clock.travel(timedelta(days=1, seconds=1))
    assert (await folders(company, door), await unread(company, door)) == (["inbox"], (1, 1))


async def test_snoozed_is_taken_back_before_its_time(company: Company, door: Door, act: Act) -> None:
    await act("snooze", {"until": tomorrow()})
    assert (await act("unsnooze"))["snoozed_until"] is None
    assert await folders(company, door) == ["inbox"]


async def test_an_instant_is_answered_in_utc(act: Act) -> None:
    at = (clock.now() + timedelta(days=1)).replace(microsecond=0)
    snoozed = await act("snooze", {"until": at.astimezone(timezone(timedelta(hours=5))).isoformat()})
    assert datetime.fromisoformat(snoozed["snoozed_until"]) == at
    assert snoozed["snoozed_until"] == at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "until", [None, "tomorrow", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2027-01-01T00:00"]
)
async def test_snoozing_refuses_what_is_no_instant_ahead(company: Company, door: Door, act: Act, until: object) -> None:
    told = await act("unread")
    path = f"/notifications/{told['id']}/snooze"
    assert (await door.send(company.colleague, "POST", path, {"until": until})).status_code == 422
    assert (await door.send(company.colleague, "POST", path, {})).status_code == 422


async def test_archived_is_read_and_out_of_the_inbox(company: Company, door: Door, act: Act) -> None:
    await act("snooze", {"until": tomorrow()})
    archived = await act("archive")
    assert (archived["snoozed_until"], archived["read_at"]) == (None, archived["archived_at"])
    assert (await folders(company, door), await unread(company, door)) == (["archived"], (0, 0))
    assert (await act("archive"))["version"] == archived["version"]
    assert (await act("unarchive"))["read_at"] == archived["read_at"]
    assert await folders(company, door) == ["inbox"]


@pytest.mark.parametrize("verb", ["unread", "snooze"])
async def test_who_returns_to_an_archived_one_takes_it_out(company: Company, door: Door, act: Act, verb: str) -> None:
    await act("archive")
    assert (await act(verb, {"until": tomorrow()} if verb == "snooze" else None))["archived_at"] is None
    assert await folders(company, door) != ["archived"]


@pytest.mark.parametrize("verb", ["unread", "snooze", "unsnooze", "archive", "unarchive"])
async def test_marking_refuses_others_old_versions_and_strangers(
    company: Company, door: Door, act: Act, verb: str
) -> None:
    told = await act("read")
    path, body = f"/notifications/{told['id']}/{verb}", {"until": tomorrow()} if verb == "snooze" else None
    unscoped = Principal(id=company.colleague, scopes=frozenset({"notifications:read"}))
    assert (await door.send(company.boss, "POST", path, body)).status_code == 404
    assert (await door.send(unscoped, "POST", path, body)).status_code == 403
    assert (await door.send(company.colleague, "POST", path, body, if_match='"9"')).status_code == 412
    assert (await door.send(None, "POST", path, body)).status_code == 401


async def test_count_is_of_projects_that_are_seen_and_in_reach(company: Company, door: Door, act: Act) -> None:
    await act("unread")
    elsewhere = Principal(id=company.colleague, project_ids=frozenset({company.secret_project}))
    assert (await door.send(elsewhere, "GET", "/notifications/unread-count")).json() == {"unread": 0}
    await company.remove(company.colleague)
    assert (await door.send(company.colleague, "GET", "/notifications/unread-count")).json() == {"unread": 0}
    unscoped = Principal(id=company.colleague, scopes=frozenset({"tasks:read"}))
    assert (await door.send(unscoped, "GET", "/notifications/unread-count")).status_code == 403


async def test_an_unknown_folder_is_refused(company: Company, door: Door) -> None:
    assert (await door.send(company.boss, "GET", "/notifications?folder=attic")).status_code == 422
