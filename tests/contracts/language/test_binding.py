"""What days, instants and people mean to whoever asks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from taskyard.contracts.language.binding import Context, bind
from taskyard.contracts.language.matching import matches
from taskyard.contracts.language.moments import beginning, read_moment, resolve
from taskyard.contracts.language.reading import read_query
from taskyard.contracts.language.tokens import tokens_of
from taskyard.contracts.language.tree import AnyOf, Condition, OneOf
from taskyard.contracts.task import TaskSnapshot
from taskyard.kit.problems import InvalidInput

ANN, BOB = "0190a000-0000-7000-8000-00000000000a", "0190a000-0000-7000-8000-00000000000b"
NOON = datetime(2027, 2, 10, 12, tzinfo=UTC)  # a Wednesday


def _context(now: datetime = NOON, zone: str = "UTC") -> Context:
    return Context(ANN, now, ZoneInfo(zone), {"bob@x.org": BOB})


def _task(**fields: object) -> TaskSnapshot:
    given: dict[str, object] = {
        "id": ANN,
        "workspace_id": ANN,
        "project_id": BOB,
        "key": "OPS-7",
        "number": 7,
        "title": "Mend the roof",
        "description": "",
        "status": "todo",
        "priority": "none",
        "assignee_ids": [],
        "parent_id": None,
        "label_ids": [],
        "milestone_id": None,
        "iteration_id": None,
        "custom": {},
        "start_on": None,
        "due_on": None,
        "due_at": None,
        "estimate": None,
        "created_by": ANN,
        "created_at": NOON,
        "updated_at": NOON,
        "completed_at": None,
        "archived_at": None,
        "version": 1,
    }
    return TaskSnapshot(**{**given, **fields})  # type: ignore[arg-type] # rows of a table


def _meant(text: str, now: datetime = NOON, zone: str = "UTC") -> date | datetime:
    moment, _ = read_moment(tokens_of(text), 0)
    return resolve(moment, now, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", date(2027, 2, 10)),
        ("today-10d", date(2027, 1, 31)),
        ("startOf(day)", date(2027, 2, 10)),
        ("endOf(day)", date(2027, 2, 10)),
        ("startOf(week)", date(2027, 2, 8)),
        ("endOf(week)", date(2027, 2, 14)),
        ("endOf(month)", date(2027, 2, 28)),
        ("startOf(year)+1w", date(2027, 1, 8)),
        ("endOf(year)", date(2027, 12, 31)),
        ("2027-01-31+1m", date(2027, 2, 28)),
        ("2028-02-29+1y", date(2029, 2, 28)),
        ("2027-01-31-1m", date(2026, 12, 31)),
        ("now-7d", datetime(2027, 2, 3, 12, tzinfo=UTC)),
        ("2027-02-10T10:00:00+02:00", datetime(2027, 2, 10, 8, tzinfo=UTC)),
        ("2027-02-10t10:00z-1h", datetime(2027, 2, 10, 9, tzinfo=UTC)),
    ],
)
def test_moments_mean(text: str, meant: date | datetime) -> None:
    assert _meant(text) == meant


def test_today_is_the_callers() -> None:
    late = datetime(2027, 2, 10, 23, 30, tzinfo=UTC)

    assert _meant("today", late, "Europe/Berlin") == date(2027, 2, 11)
    assert _meant("today", late, "America/New_York") == date(2027, 2, 10)


def test_a_day_is_a_step_in_the_calendar_and_an_hour_is_an_hour() -> None:
    before_the_change = datetime(2027, 3, 27, 12, tzinfo=UTC)  # 13:00 in Berlin, where the clock goes forward at night

    assert _meant("now+1d", before_the_change, "Europe/Berlin") == datetime(2027, 3, 28, 11, tzinfo=UTC)
    assert _meant("now+24h", before_the_change, "Europe/Berlin") == datetime(2027, 3, 28, 12, tzinfo=UTC)


def test_a_day_begins_with_its_first_instant() -> None:
    skipped, repeated = beginning(date(2024, 4, 26), ZoneInfo("Africa/Cairo")), ZoneInfo("America/Havana")

    assert skipped == datetime(2024, 4, 25, 22, tzinfo=UTC)
    assert skipped.astimezone(ZoneInfo("Africa/Cairo")).hour == 1
    assert beginning(date(2024, 11, 3), repeated) == datetime(2024, 11, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("text", ["9999-12-31+1d", "0001-01-01-1w", "now+99999y", "9999-12-31T23:00:00Z+2h"])
def test_no_calendar_goes_on_forever(text: str) -> None:
    with pytest.raises(InvalidInput, match="outside the years"):
        _meant(text)


@pytest.mark.parametrize(
    "text", ["created_at <= 9999-12-31", "due_on = 9999-12-31T23:00:00Z", "created_at > 0001-01-01"]
)
def test_the_ends_of_the_calendar_are_refused_where_they_mean_nothing(text: str) -> None:
    with pytest.raises(InvalidInput, match="outside the years"):
        bind(read_query(text).condition, _context(zone="Pacific/Apia"))


def _bound(text: str, zone: str = "UTC") -> Condition:
    return bind(read_query(text).condition, _context(zone=zone))


def test_people_are_me_addresses_and_ids() -> None:
    assert _bound(f"assignee in (me, bob@x.org, {BOB}, nobody@x.org)") == OneOf("assignee", (ANN, BOB, BOB))
    assert not matches(_bound("creator = nobody@x.org"), _task())
    assert matches(_bound("creator != nobody@x.org"), _task())


def test_what_is_bound_stays() -> None:
    bound = _bound("status = a or due is empty")

    assert isinstance(bound, AnyOf)
    assert bind(bound, _context()) == bound


def test_what_is_not_bound_cannot_be_met() -> None:
    with pytest.raises(TypeError, match="bound"):
        matches(read_query("status = a").condition, _task())


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("estimate != 3", {}, True),
        ("not estimate = 3", {}, True),
        ("not estimate < 3", {}, True),
        ("estimate < 3", {}, False),
        ("estimate >= 0", {"estimate": 0.0}, True),
        ("estimate is empty", {"estimate": 0.0}, False),
        ("assignee != me", {}, True),
        ("assignee = me", {"assignee_ids": [BOB, ANN]}, True),
        ("assignee not in (me)", {"assignee_ids": [BOB, ANN]}, False),
        ("assignee is empty", {}, True),
        ("priority > low", {"priority": "high"}, True),
        ("priority in (LOW, none)", {}, True),
        ("status not in (todo, done)", {}, False),
        ("due < today", {"due_on": date(2027, 2, 9)}, True),
        ("due <= today", {"due_at": datetime(2027, 2, 10, 23, 59, tzinfo=UTC)}, True),
        ("due > today", {"due_at": datetime(2027, 2, 10, 23, 59, tzinfo=UTC)}, False),
        ("due < now", {"due_on": date(2027, 2, 10)}, False),
        ("due != today", {}, True),
        ("due is empty", {"due_at": NOON}, False),
        ("due is not empty", {"due_on": date(2027, 2, 9)}, True),
        ("created_at in (today, today-1d)", {}, True),
        ("project = ops", {}, True),
        (f"project in (X, {BOB})", {}, True),
        ("key = ops-7", {}, True),
        (f"parent != {ANN}", {}, True),
        (f"parent in ({BOB}, {ANN})", {"parent_id": BOB}, True),
        ("parent is empty", {}, True),
        ("title ~ ROOF", {}, True),
        ('title ~ "the  roof"', {}, False),
        ("text ~ leak", {"description": "It LEAKS"}, True),
        ("description is empty", {}, True),
        ("cf.size = 1", {"custom": {"size": True}}, False),
        ("cf.size > 0", {"custom": {"size": True}}, False),
        ("cf.flag = true", {"custom": {"flag": 1}}, False),
        ("cf.on = today", {"custom": {"on": "2027-02-10"}}, True),
        ("cf.on = todays", {"custom": {"on": "todays"}}, True),
        ("cf.on < today", {"custom": {"on": "2027-02-09\n"}}, False),
        ("cf.at <= 2027-02-10T12:00:00Z", {"custom": {"at": "2027-02-10T12:00:00.000001Z"}}, False),
        ("cf.at > 2027-02-10T12:00:00Z", {"custom": {"at": "2027-02-10T12:00:00.000001Z"}}, True),
        ("cf.who = bob@x.org", {"custom": {"who": BOB}}, True),
        ('cf.who = "bob@x.org"', {"custom": {"who": BOB}}, False),
        ("cf.tags = red", {"custom": {"tags": ["red"]}}, True),
        ("cf.tags is empty", {"custom": {"tags": []}}, True),
        ("cf.count is empty", {"custom": {"count": 0}}, False),
    ],
)
def test_tests_mean_what_they_say(text: str, fields: dict[str, object], *, expected: bool) -> None:
    assert matches(_bound(text), _task(**fields)) is expected
