"""Days and instants of a query: how they are written, and what they are for one clock and one time zone.

Days, weeks, months and years are steps in the calendar of the time zone; hours are hours. A step by a month from a day
that the other month does not have ends at its last day. A day begins with its first instant, also where the clock
jumps over midnight.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from taskyard.contracts.language.errors import wrong
from taskyard.contracts.language.tokens import Token
from taskyard.contracts.language.tree import Moment, Step

UNITS = ("day", "week", "month", "year")
_EXPECTED = (
    "expected a day or an instant: 2027-02-10, 2027-02-10T09:00:00Z, now, today, startOf(week) or endOf(month), "
    "moved as in today+7d"
)
_START = re.compile(
    r"(?P<instant>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d))"
    r"|(?P<day>\d{4}-\d\d-\d\d)|(?P<word>now|today|startof|endof)",
    re.IGNORECASE,
)
_WORDS: dict[str, Literal["now", "today", "startOf", "endOf"]] = {
    "now": "now",
    "today": "today",
    "startof": "startOf",
    "endof": "endOf",
}
_STEP = re.compile(r"([+-])(\d{1,5})([hdwmy])")
_ONE_DAY = timedelta(days=1)


def read_moment(tokens: list[Token], place: int) -> tuple[Moment, int]:
    """The moment that is written at a place, and the place after it. Raises InvalidInput."""
    first = tokens[place]
    match = _START.match(first.text)
    if match is None:
        raise wrong(first.at, f"{_EXPECTED}.")
    rest, place, unit = first.text[match.end() :], place + 1, ""
    if match["word"] and match["word"].lower() in {"startof", "endof"}:
        unit, place = _read_unit(tokens, place, first)
    while tokens[place].kind == "word" and (tokens[place].text.startswith(("+", "-")) or rest.endswith(("+", "-"))):
        rest, place = rest + tokens[place].text, place + 1
    moment = Moment(_start(match, first.at), first.at, unit, _steps(rest, first.at))
    if not is_instant(moment) and any(step[1] == "h" for step in moment.steps):
        raise wrong(first.at, "hours can be added to an instant, such as now, but not to a day.")
    return moment, place


def is_moment(token: Token) -> bool:
    """Whether a word without quotes is read as one where other words are values too."""
    match = _START.match(token.text) if token.kind == "word" else None
    return match is not None and token.text[match.end() :][:1] in {"", "+", "-"}


def is_instant(moment: Moment) -> bool:
    """Whether it is a point in time rather than a day."""
    return isinstance(moment.start, datetime) or moment.start == "now"


def resolve(moment: Moment, now: datetime, zone: tzinfo) -> date | datetime:
    """The day, or the instant in UTC, that is meant. Raises InvalidInput for one outside the years 1 to 9999."""
    try:
        return _moved(_started(moment, now, zone), moment.steps, zone)
    except (OverflowError, ValueError):
        raise out_of_range(moment.at) from None


def bounds(day: date, zone: tzinfo, at: int) -> tuple[datetime, datetime]:
    """The first instant of a day and that of the next. Raises InvalidInput at the ends of the calendar."""
    try:
        return beginning(day, zone), beginning(day + _ONE_DAY, zone)
    except OverflowError:
        raise out_of_range(at) from None


def beginning(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day in a time zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def out_of_range(at: int) -> Exception:
    """The refusal of a moment that no calendar has."""
    return wrong(at, "this is outside the years 1 to 9999.")


def _read_unit(tokens: list[Token], place: int, after: Token) -> tuple[str, int]:
    """The unit between parentheses, and the place after them."""
    opening, unit, closing = (tokens[min(place + n, len(tokens) - 1)] for n in range(3))
    if not (opening.is_sign("(") and unit.is_word(*UNITS) and closing.is_sign(")")):
        raise wrong(opening.at, f"expected ({', '.join(UNITS[:-1])} or {UNITS[-1]}) after {after.text}.")
    return unit.text.lower(), place + 3


def _start(match: re.Match[str], at: int) -> date | datetime | Literal["now", "today", "startOf", "endOf"]:
    try:
        if match["instant"]:
            return datetime.fromisoformat(match["instant"].upper()).astimezone(UTC)
        if match["day"]:
            return date.fromisoformat(match["day"])
    except (ValueError, OverflowError):
        raise wrong(at, f"{match.group()} is not in the calendar.") from None
    return _WORDS[match["word"].lower()]


def _steps(text: str, at: int) -> tuple[Step, ...]:
    found = [(int(sign + count), unit) for sign, count, unit in _STEP.findall(text)]
    if _STEP.sub("", text):
        raise wrong(at, f"{_EXPECTED}; {text!r} is no step of h, d, w, m or y.")
    return tuple(found)


def _started(moment: Moment, now: datetime, zone: tzinfo) -> date | datetime:
    if not isinstance(moment.start, str):
        return moment.start
    if moment.start == "now":
        return now
    today = now.astimezone(zone).date()
    if moment.start == "today":
        return today
    first = _first_of(today, moment.unit)
    return first if moment.start == "startOf" else _first_of_next(first, moment.unit) - _ONE_DAY


def _first_of(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[unit]


def _first_of_next(first: date, unit: str) -> date:
    step: Step = (1, unit[0])
    return _moved_day(first, step)


def _moved(start: date | datetime, steps: tuple[Step, ...], zone: tzinfo) -> date | datetime:
    for count, unit in steps:
        if not isinstance(start, datetime):
            start = _moved_day(start, (count, unit))
        elif unit == "h":
            start += timedelta(hours=count)
        else:
            local = start.astimezone(zone)
            there = datetime.combine(_moved_day(local.date(), (count, unit)), local.timetz(), zone)
            start = there.replace(fold=local.fold).astimezone(UTC)
    return start


def _moved_day(day: date, step: Step) -> date:
    count, unit = step
    if unit in {"d", "w"}:
        return day + timedelta(days=count * (7 if unit == "w" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
