"""The days of rules: as RFC 5545 has them, and the last day of months that lack one."""

from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskyard.kit.problems import InvalidInput
from taskyard.task.actions.schedules import FREQUENCIES, LAST_DAY, days_of, instant_on, next_day, read_rule


def days(rule: str, starts_on: str, count: int = 4) -> list[str]:
    return [str(day) for day in islice(days_of(read_rule(rule), date.fromisoformat(starts_on)), count)]


@pytest.mark.parametrize(
    ("rule", "starts_on", "expected"),
    [
        ("FREQ=DAILY", "2027-02-27", ["2027-02-27", "2027-02-28", "2027-03-01", "2027-03-02"]),
        ("FREQ=DAILY;INTERVAL=30", "2027-01-30", ["2027-01-30", "2027-03-01", "2027-03-31", "2027-04-30"]),
        ("FREQ=DAILY;BYDAY=MO,FR", "2027-01-01", ["2027-01-01", "2027-01-04", "2027-01-08", "2027-01-11"]),
        ("FREQ=WEEKLY", "2027-01-01", ["2027-01-01", "2027-01-08", "2027-01-15", "2027-01-22"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "2027-01-04", ["2027-01-04", "2027-01-10", "2027-01-18", "2027-01-24"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
            "2027-01-04",
            ["2027-01-04", "2027-01-17", "2027-01-18", "2027-01-31"],
        ),
        ("FREQ=MONTHLY", "2027-01-31", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        ("FREQ=MONTHLY", "2028-01-30", ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=15,31", "2027-02-01", ["2027-02-15", "2027-02-28", "2027-03-15", "2027-03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=30,31", "2027-02-01", ["2027-02-28", "2027-03-30", "2027-03-31", "2027-04-30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-01", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        ("FREQ=MONTHLY;BYDAY=2TU", "2027-01-01", ["2027-01-12", "2027-02-09", "2027-03-09", "2027-04-13"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2027-01-01", ["2027-01-29", "2027-02-26", "2027-03-26", "2027-04-30"]),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "2027-01-01",
            ["2027-01-29", "2027-02-26", "2027-03-31", "2027-04-30"],
        ),
        ("FREQ=YEARLY", "2024-02-29", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]),
        (
            "FREQ=YEARLY;BYMONTH=1,6;BYMONTHDAY=31",
            "2027-02-01",
            ["2027-06-30", "2028-01-31", "2028-06-30", "2029-01-31"],
        ),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2027-01-01", ["2027-11-25", "2028-11-23", "2029-11-22", "2030-11-28"]),
        ("rrule:freq=daily;count=2", "2027-01-01", ["2027-01-01", "2027-01-02"]),
        ("FREQ=MONTHLY;BYMONTHDAY=30,31;COUNT=2", "2027-02-01", ["2027-02-28", "2027-03-30"]),
        ("FREQ=DAILY;UNTIL=20270102", "2027-01-01", ["2027-01-01", "2027-01-02"]),
        ("FREQ=DAILY;UNTIL=20261231", "2027-01-01", []),
    ],
)
def test_days_of_a_rule(rule: str, starts_on: str, expected: list[str]) -> None:
    assert days(rule, starts_on) == expected


@pytest.mark.parametrize(
    ("rule", "about"),
    [
        ("", "no part"),
        ("FREQ", "FREQ is one of"),
        ("INTERVAL=2", "needs FREQ"),
        ("FREQ=HOURLY", "FREQ is one of"),
        ("FREQ=DAILY;FREQ=DAILY", "comes twice"),
        ("FREQ=DAILY;BYHOUR=3", "no part"),
        ("FREQ=DAILY;INTERVAL=0", "from 1 to 366"),
        ("FREQ=DAILY;INTERVAL=-1", "from 1 to 366"),
        ("FREQ=DAILY;INTERVAL=1.5", "from 1 to 366"),
        ("FREQ=DAILY;INTERVAL=٣", "from 1 to 366"),
        ("FREQ=DAILY;COUNT=10001", "from 1 to 10000"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "not by both"),
        ("FREQ=DAILY;UNTIL=2027-01-01", "such as 20271231"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "do not go with DAILY"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "MONTHLY and YEARLY"),
        ("FREQ=WEEKLY;BYMONTH=3", "goes with YEARLY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "first or last weekday"),
        ("FREQ=YEARLY;BYDAY=1MO", "first or last weekday"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY is a list"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY is a list"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "not by both"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "from -28 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-29", "from -28 to 31"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS chooses"),
        ("FREQ=MONTHLY;BYDAY=2MO;BYSETPOS=1", "BYSETPOS chooses"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5", "so many of these days"),
        ("FREQ=DAILY;WKST=XX", "WKST is one of"),
    ],
)
def test_rules_that_are_refused(rule: str, about: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_rule(rule)
    [error] = refusal.value.errors
    assert error.pointer == "/rule"
    assert about in error.detail


_EVERYTHING = st.sampled_from(
    [
        *("", ";BYDAY=MO", ";BYDAY=5FR", ";BYDAY=-5SU,1MO", ";BYDAY=SA,SU;BYSETPOS=-2", ";BYMONTHDAY=31", ";BYMONTH=2"),
        *(";BYMONTHDAY=29,-28", ";BYMONTH=2;BYMONTHDAY=31", ";BYMONTH=2,4;BYDAY=5MO", ";BYMONTH=2;BYDAY=TU;BYSETPOS=4"),
    ]
)


@given(
    st.sampled_from(sorted(FREQUENCIES)), st.integers(1, 24), _EVERYTHING, st.dates(date(2000, 1, 1), date(2100, 1, 1))
)
def test_whatever_passes_falls_due_again_and_again_in_order(
    frequency: str, interval: int, rest: str, starts_on: date
) -> None:
    try:
        rule = read_rule(f"FREQ={frequency};INTERVAL={interval}{rest}")
    except InvalidInput:
        return
    found = list(islice(days_of(rule, starts_on), 5))
    assert found == sorted(set(found))
    assert len(found) == 5 or "5" in rest  # a February may never have a fifth Monday
    assert [next_day(rule, starts_on, one.__le__) for one in found] == found
    assert not found or starts_on <= found[0]


def test_the_last_year_ends_every_rule() -> None:
    assert next_day(read_rule("FREQ=DAILY"), LAST_DAY, lambda day: day > LAST_DAY) is None


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        ("2027-01-31", "09:00", "2027-01-31T08:00"),
        ("2027-07-31", "09:00", "2027-07-31T07:00"),
        ("2027-03-28", "02:30", "2027-03-28T01:30"),  # the hour that clocks skip: as if they had not
        ("2027-10-31", "02:30", "2027-10-31T00:30"),  # the hour that comes twice: the first
        ("2027-01-01", "00:00", "2026-12-31T23:00"),
    ],
)
def test_local_time_of_a_day(day: str, at: str, expected: str) -> None:
    instant = instant_on(date.fromisoformat(day), at, ZoneInfo("Europe/Vienna"))
    assert instant == datetime.fromisoformat(expected).replace(tzinfo=UTC)
