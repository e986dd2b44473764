"""The days of a recurrence: rules of RFC 5545, read, checked and worked out.

Days that a month lacks are its last (RFC 7529, SKIP=BACKWARD): what recurs on the 31st is due on 28 February, not on
3 March and not only every other month.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from dateutil import rrule

from taskyard.kit.problems import InvalidInput, invalid

_Frequency: TypeAlias = Literal[0, 1, 2, 3]
FREQUENCIES: dict[str, _Frequency] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_INTERVAL, MOST_COUNT, MOST_VALUES = 366, 10_000, 31
LAST_DAY = date(9990, 1, 1)
_SHORTEST_MONTH = 28
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


class Rule(msgspec.Struct, frozen=True):
    """The parts of an RRULE, each as it was written; empty where it was not."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    days: tuple[tuple[int, int], ...] = ()
    """Weekdays, Monday being 0, each with which of its month it is; 0 for every one."""
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    position: int | None = None
    week_start: int = 0


def read_rule(text: str) -> Rule:
    """Read a rule such as ``FREQ=MONTHLY;BYMONTHDAY=31``. Raises InvalidInput that says what is wrong with it."""
    parts: dict[str, object] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        reader = _READERS.get(name)
        if reader is None:
            raise _wrong(f"{name or part!r} is no part that a rule has here.")
        field, read = reader
        if field in parts:
            raise _wrong(f"{name} comes twice.")
        parts[field] = read(name, value)
    if "frequency" not in parts:
        raise _wrong("It needs FREQ, such as FREQ=WEEKLY.")
    rule = msgspec.convert(parts, Rule)
    for is_met, detail in _conditions(rule):
        if not is_met:
            raise _wrong(detail)
    return rule


def days_of(rule: Rule, starts_on: date) -> Iterator[date]:
    """The days on which a rule that starts on a day falls due, in their order."""
    found = rrule.rruleset()
    for one in _pieces(rule, starts_on):
        found.rrule(one)
    for moment in islice(found, rule.count):
        day = moment.date()
        if day > (rule.until or LAST_DAY):
            return
        yield day


def next_day(rule: Rule, starts_on: date, is_ahead: Callable[[date], bool]) -> date | None:
    """The first of them that lies ahead, if any."""
    return next(filter(is_ahead, days_of(rule, starts_on)), None)


def instant_on(day: date, at: str, zone: ZoneInfo) -> datetime:
    """When a day's local time is, in UTC.

    A time that clocks skip is taken as if they had not been put forward, and of one that comes twice the first is
    meant (RFC 5545, section 3.3.5).
    """
    return datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC)


def _pieces(rule: Rule, starts_on: date) -> Iterator[rrule.rrule]:
    """Rules for dateutil that make up the one: each month and day its own where months lack days."""
    first = datetime.combine(starts_on, time())
    last = datetime.combine(LAST_DAY, time())
    if rule.days or rule.frequency in {"DAILY", "WEEKLY"}:
        yield rrule.rrule(
            FREQUENCIES[rule.frequency],
            dtstart=first,
            until=last,
            interval=rule.interval,
            byweekday=[rrule.weekday(day, which or None) for day, which in rule.days] or None,
            bymonth=rule.months or None,
            bysetpos=rule.position,
            wkst=rule.week_start,
        )
        return
    months = rule.months or ((starts_on.month,) if rule.frequency == "YEARLY" else (None,))
    for month in months:
        for day in rule.month_days or (starts_on.day,):
            yield rrule.rrule(
                FREQUENCIES[rule.frequency],
                dtstart=first,
                until=last,
                interval=rule.interval,
                bymonth=month,
                bymonthday=range(min(day, _SHORTEST_MONTH), day + 1) if day > 0 else day,
                bysetpos=-1,
            )


def _conditions(rule: Rule) -> Iterator[tuple[bool, str]]:
    """What must be so, each with what to say where it is not. Whatever passes falls due again and again."""
    by_month = rule.frequency in {"MONTHLY", "YEARLY"}
    yield rule.count is None or rule.until is None, "It ends by COUNT or by UNTIL, not by both."
    yield rule.frequency != "DAILY" or not rule.days or rule.interval == 1, "BYDAY and INTERVAL do not go with DAILY."
    yield not rule.months or rule.frequency == "YEARLY", "BYMONTH goes with YEARLY."
    yield not rule.month_days or by_month, "BYMONTHDAY goes with MONTHLY and YEARLY."
    yield not (rule.month_days and rule.days), "It names days by BYDAY or by BYMONTHDAY, not by both."
    has_ordinals = any(which for _, which in rule.days)
    names_months = rule.frequency == "MONTHLY" or (rule.frequency == "YEARLY" and bool(rule.months))
    yield not has_ordinals or names_months, "The first or last weekday of a month goes with MONTHLY, or with BYMONTH."
    yield (
        rule.position is None or (bool(rule.days) and not has_ordinals and names_months),
        ("BYSETPOS chooses among the weekdays of a month: give BYDAY without numbers, with MONTHLY or with BYMONTH."),
    )
    yield abs(rule.position or 1) <= 4 * max(1, len(rule.days)), "No month has so many of these days."


def _one_of(names: tuple[str, ...], value: str, name: str) -> str:
    if value not in names:
        raise _wrong(f"{name} is one of {', '.join(names)}.")
    return value


def _number(name: str, value: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,5}", value, re.ASCII) or not least <= int(value) <= most or int(value) == 0:
        raise _wrong(f"{name} is a number from {least} to {most}.")
    return int(value)


def _numbers(name: str, value: str, least: int, most: int) -> tuple[int, ...]:
    return tuple(sorted({_number(name, one, least, most) for one in value.split(",")[: MOST_VALUES + 1]}))


def _days(name: str, value: str) -> tuple[tuple[int, int], ...]:
    found = [_DAY.fullmatch(one) for one in value.split(",")[: MOST_VALUES + 1]]
    days = {(WEEKDAYS.index(day[2]), int(day[1] or 0)) for day in found if day}
    if None in found:
        raise _wrong(
            f"{name} is a list of MO, TU, WE, TH, FR, SA and SU, each with 1 to 5 or -1 to -5 before it or not."
        )
    return tuple(sorted(days))


def _until(name: str, value: str) -> date:
    try:
        return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise _wrong(f"{name} is a day, such as 20271231.") from None


def _wrong(detail: str) -> InvalidInput:
    return invalid("/rule", detail)


_Reader = tuple[str, Callable[[str, str], object]]
_READERS: dict[str, _Reader] = {
    "FREQ": ("frequency", lambda name, value: _one_of(tuple(FREQUENCIES), value, name)),
    "INTERVAL": ("interval", lambda name, value: _number(name, value, 1, MOST_INTERVAL)),
    "COUNT": ("count", lambda name, value: _number(name, value, 1, MOST_COUNT)),
    "UNTIL": ("until", _until),
    "BYDAY": ("days", _days),
    "BYMONTHDAY": ("month_days", lambda name, value: _numbers(name, value, -_SHORTEST_MONTH, 31)),
    "BYMONTH": ("months", lambda name, value: _numbers(name, value, 1, 12)),
    "BYSETPOS": ("position", lambda name, value: _number(name, value, -MOST_VALUES, MOST_VALUES)),
    "WKST": ("week_start", lambda name, value: WEEKDAYS.index(_one_of(WEEKDAYS, value, name))),
}
