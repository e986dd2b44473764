"""How people want to be told: reason by channel, quiet hours and digests by their own clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from taskyard.contracts.notification import Reason
from taskyard.kit import clock
from taskyard.kit.database import Database, Statements
from taskyard.kit.principal import Principal
from taskyard.notification.actions import preferences
from taskyard.notification.actions.timing import next_at, plan_of, zone_of
from taskyard.notification.models.preferences import Channels, Chosen, QuietHours
from taskyard.notification.queries.preferences import find_preferences
from tests.notification.company import AT, Company
from tests.notification.door import Door

PATH = "/notification-preferences"
BERLIN = zone_of("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def test_defaults_are_shown_and_changed_by_merge_patch(company: Company, door: Door) -> None:
    first = await door.send(company.boss, "GET", PATH)
    assert (first.headers["etag"], first.json()["time_zone"]) == ('"1"', "UTC")
    assert first.json()["reasons"]["assigned"] == {"inbox": "now", "mail": "now"}
    body = {"reasons": {"assigned": {"mail": "digest"}}, "quiet_hours": {"start": "22:00", "end": "07:00"}}
    changed = await door.send(company.boss, "PATCH", PATH, body, if_match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["reasons"]["assigned"] == {"inbox": "now", "mail": "digest"}
    assert changed.json()["reasons"]["mentioned"] == first.json()["reasons"]["mentioned"]
    assert (await door.send(company.boss, "GET", PATH)).json() == changed.json()
    again = await door.send(company.boss, "PATCH", PATH, {"quiet_hours": None, "digest_at": "09:30"})
    assert (again.json()["quiet_hours"], again.json()["digest_at"], again.json()["version"]) == (None, "09:30", 3)
    await company.place()
    events = await door.items(company.boss, "/events?type=notification_preferences.updated.v1")
    assert [event["version"] for event in events] == [2, 3]
    assert (await door.send(company.colleague, "GET", PATH)).json()["version"] == 1


async def test_a_change_that_was_overtaken_is_a_conflict(
    company: Company, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = list[Any](), find_preferences

    async def look_once(db: Statements, person_id: str) -> Any:
        looks.append(await look(db, person_id))
        return looks[0]

    monkeypatch.setattr(preferences, "find_preferences", look_once)
    assert (await door.send(company.boss, "PATCH", PATH, {"digest_at": "09:30"})).status_code == 200
    assert (await door.send(company.boss, "PATCH", PATH, {"digest_at": "10:30"})).status_code == 409


async def test_a_patch_that_changes_nothing_keeps_the_version(company: Company, door: Door) -> None:
    same = await door.send(company.boss, "PATCH", PATH, {"reasons": {"assigned": {"mail": "now"}}})
    assert same.json()["version"] == 1
    assert (await door.send(company.boss, "PATCH", PATH, {}, if_match='"9"')).status_code == 412


@pytest.mark.parametrize(
    "body",
    [
        {"reasons": {"bored": {"mail": "off"}}},
        {"reasons": {"assigned": {"mail": "sometimes"}}},
        {"reasons": {"assigned": {"pigeon": "now"}}},
        {"quiet_hours": {"start": "22:00", "end": "22:00"}},
        {"quiet_hours": {"start": "22:00"}},
        {"digest_at": "8:00"},
        {"digest_at": "24:00"},
        {"digest_at": "08:00\n"},
        {"time_zone": "Europe/Berlin"},
    ],
)
async def test_malformed_preferences_are_refused(company: Company, door: Door, body: dict[str, Any]) -> None:
    assert (await door.send(company.boss, "PATCH", PATH, body)).status_code == 422


async def test_preferences_need_their_scopes(company: Company, door: Door) -> None:
    reader = Principal(id=company.boss, scopes=frozenset({"notifications:read"}))
    assert (await door.send(reader, "GET", PATH)).status_code == 200
    assert (await door.send(reader, "PATCH", PATH, {})).status_code == 403
    assert (await door.send(Principal(id=company.boss, scopes=frozenset()), "GET", PATH)).status_code == 403
    assert (await door.send(None, "GET", PATH)).status_code == 401


@pytest.mark.parametrize(
    ("inbox", "mail", "folder", "mailed"),
    [
        ("now", "now", "inbox", True),
        ("now", "off", "inbox", False),
        ("digest", "off", "snoozed", False),
        ("off", "now", "archived", True),
        ("off", "off", None, False),
    ],
)
async def test_people_are_told_the_way_they_chose(  # noqa: PLR0917 - fixtures and a row of the table
    company: Company,
    door: Door,
    databases: dict[str, Database],
    inbox: str,
    mail: str,
    folder: str | None,
    mailed: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    await door.send(company.colleague, "PATCH", PATH, {"reasons": {"assigned": {"inbox": inbox, "mail": mail}}})
    await company.assign(company.colleague)
    await company.listen()
    for name in ("inbox", "snoozed", "archived"):
        assert len(await door.items(company.colleague, f"/notifications?folder={name}")) == (name == folder)
    statement = "SELECT count(mail_due_at) FROM notification.notifications WHERE person_id = $1"
    assert await databases["owner"].fetch_value(statement, company.colleague) == mailed
    announced = await door.items(company.colleague, "/events?type=notification.created.v1")
    assert len(announced) == (folder in {"inbox", "snoozed"})


async def test_a_zone_is_that_of_the_profile(company: Company, door: Door) -> None:
    await company.register(company.colleague, "Asia/Tokyo")
    assert (await door.send(company.colleague, "GET", PATH)).json()["time_zone"] == "Asia/Tokyo"
    await door.send(company.colleague, "PATCH", PATH, {"reasons": {"assigned": {"inbox": "digest"}}})
    clock.travel(at("2027-02-10T22:30:00") - clock.now())
    await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications?folder=snoozed")
    assert told["snoozed_until"] == "2027-02-10T23:00:00Z"  # eight in the morning there


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2027-02-10T20:59:00", "2027-02-10T20:59:00"),
        ("2027-02-10T21:00:00", "2027-02-11T06:00:00"),  # 22:00 in Berlin
        ("2027-02-10T23:30:00", "2027-02-11T06:00:00"),  # after midnight there
        ("2027-02-11T05:59:59", "2027-02-11T06:00:00"),
        ("2027-02-11T06:00:00", "2027-02-11T06:00:00"),
        ("2027-03-27T21:30:00", "2027-03-28T05:00:00"),  # the night that summer time begins
    ],
)
def test_mail_waits_for_the_end_of_quiet_hours(now: str, due: str) -> None:
    chosen = Chosen(quiet_hours=QuietHours("22:00", "07:00"))
    plan = plan_of(chosen, "assigned", "Europe/Berlin", at(now))
    assert plan is not None
    assert plan.mail_due_at == at(due)


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    chosen = Chosen(quiet_hours=QuietHours("12:00", "13:00"))
    plans = [plan_of(chosen, "assigned", "UTC", at(f"2027-02-10T{hour}:30:00")) for hour in ("11", "12", "13")]
    assert [plan and plan.mail_due_at for plan in plans] == [
        at("2027-02-10T11:30:00"),
        at("2027-02-10T13:00:00"),
        at("2027-02-10T13:30:00"),
    ]


def test_a_digest_comes_once_a_day_also_when_clocks_change() -> None:
    instants = [at("2027-03-26T12:00:00")]
    for _ in range(4):
        instants.append(next_at("02:30", BERLIN, instants[-1]))
    days = [instant.astimezone(BERLIN).date() for instant in instants[1:]]
    assert days == [days[0] + timedelta(days=n) for n in range(4)]


def test_an_unknown_zone_counts_as_utc() -> None:
    assert zone_of("Mars/Olympus").key == zone_of("../etc/passwd").key == "UTC"


@pytest.mark.parametrize("reason", ["assigned", "overdue"])
def test_what_is_off_everywhere_has_no_plan(reason: Reason) -> None:
    assert plan_of(Chosen(reasons={reason: Channels("off", "off")}), reason, "UTC", AT) is None
