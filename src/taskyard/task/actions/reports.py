"""Reports of how work went. Days are those of the caller's time zone, however long their clocks make them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from math import ceil
from zoneinfo import ZoneInfo

import msgspec

from taskyard.contracts.language.moments import beginning
from taskyard.contracts.people import People
from taskyard.kit import clock
from taskyard.kit.clock import zone_named
from taskyard.kit.database import Database, Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.queries.walls import see_only
from taskyard.task.errors import IterationNotFound, ProjectNotFound
from taskyard.task.models.progress import NOBODY
from taskyard.task.models.reports import (
    Burndown,
    BurndownDay,
    Completion,
    CumulativeFlow,
    Cycle,
    CycleTime,
    Days,
    FlowDay,
    IterationVelocity,
    LoadDay,
    Period,
    PersonLoad,
    Reading,
    Spread,
    StateAmount,
    Velocity,
    Workload,
)
from taskyard.task.queries import reports as queries

MOST_DAYS = 366
MOST_DAYS_OF_PEOPLE = 92
USUAL_DAYS = 14
MOST_COMPLETED = 10_000
MOST_ITEMS = 1000
_ONE_DAY, _ONE_MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
_NOTHING = (0, 0.0)


class Asker(msgspec.Struct, frozen=True):
    """Who asks for a report, and what that takes."""

    database: Database
    people: People
    caller: Principal


async def get_cumulative_flow(asker: Asker, project_id: str, period: Period) -> CumulativeFlow:
    """The tasks of a project by state, day by day. Raises ProjectNotFound or InvalidInput."""
    workspace_id = await _find_workspace(asker, project_id)
    days = await _days(asker, period, MOST_DAYS)
    past = _until_today(days)
    async with _within(asker, workspace_id) as tx:
        readings = await queries.read_project(tx, asker.caller, project_id, past.ends)
    states: dict[int, dict[str, tuple[int, float]]] = defaultdict(dict)
    for reading in readings:
        states[reading.place][reading.status] = _sum([reading], states[reading.place].get(reading.status, _NOTHING))
    told = [
        FlowDay(day, [StateAmount(status, *amount) for status, amount in sorted(states[n].items())])
        for n, day in enumerate(past.days)
    ]
    return CumulativeFlow(project_id, days.zone, told)


async def get_burndown(asker: Asker, project_id: str | None, iteration_id: str | None, period: Period) -> Burndown:
    """What is left of an iteration or of a project, day by day.

    Raises ProjectNotFound, IterationNotFound or InvalidInput, also unless one of the two is named.
    """
    if (project_id is None) == (iteration_id is None):
        raise invalid("/project_id", "Name a project or an iteration, one of the two.")
    if iteration_id is not None:
        cycle = await queries.find_cycle(asker.database, asker.caller, iteration_id)
        if cycle is None:
            raise IterationNotFound
        project_id, period = cycle.project_id, Period(period.first or cycle.starts_on, period.last or cycle.ends_on)
    workspace_id = await _find_workspace(asker, project_id or "")
    days = await _days(asker, period, MOST_DAYS)
    before = [days.begins, *_until_today(days).ends]
    async with _within(asker, workspace_id) as tx:
        if iteration_id is None:
            readings = await queries.read_project(tx, asker.caller, project_id or "", before)
        else:
            at = [(iteration_id, instant) for instant in before]
            readings = await queries.read_iterations(tx, asker.caller, project_id or "", at)
    return Burndown(project_id or "", iteration_id, days.zone, _burnt(days, len(before), readings))


async def get_velocity(asker: Asker, project_id: str, last: int) -> Velocity:
    """How much a project completed in its last iterations. Raises ProjectNotFound."""
    workspace_id = await _find_workspace(asker, project_id)
    cycles = await queries.list_closed_cycles(asker.database, asker.caller, project_id, last)
    at = [
        (cycle.iteration_id, instant + _ONE_MICROSECOND)
        for cycle in cycles
        for instant in (cycle.started_at, cycle.closed_at)
        if instant is not None
    ]
    async with _within(asker, workspace_id) as tx:
        readings = await queries.read_iterations(tx, asker.caller, project_id, at)
    iterations = [_velocity(cycle, 2 * n, readings) for n, cycle in enumerate(cycles)]
    count = len(iterations)
    tasks = sum(one.completed_tasks for one in iterations) / count if count else None
    estimate = sum(one.completed_estimate for one in iterations) / count if count else None
    return Velocity(project_id, tasks, estimate, iterations)


async def get_cycle_time(asker: Asker, project_id: str, period: Period) -> CycleTime:
    """How long the tasks took that were completed in some days. Raises ProjectNotFound or InvalidInput."""
    workspace_id = await _find_workspace(asker, project_id)
    days = await _days(asker, period, MOST_DAYS)
    span = (days.begins, days.ends[-1])
    async with _within(asker, workspace_id) as tx:
        rows = await queries.list_completed(tx, asker.caller, project_id, span, MOST_COMPLETED + 1)
    if len(rows) > MOST_COMPLETED:
        raise invalid("/from", f"More than {MOST_COMPLETED} tasks were completed; ask for fewer days.")
    items = [
        Completion(
            task_id,
            created_at,
            started_at,
            completed_at,
            _seconds(completed_at - created_at),
            None if started_at is None else _seconds(completed_at - started_at),
        )
        for task_id, created_at, completed_at, started_at in rows
    ]
    lead = _spread(item.lead_seconds for item in items)
    cycle = _spread(item.cycle_seconds for item in items if item.cycle_seconds is not None)
    return CycleTime(project_id, days.zone, len(items), lead, cycle, items[:MOST_ITEMS])


async def get_workload(asker: Asker, project_id: str, period: Period) -> Workload:
    """Who had how much to do, day by day. Raises ProjectNotFound or InvalidInput."""
    workspace_id = await _find_workspace(asker, project_id)
    days = await _days(asker, period, MOST_DAYS_OF_PEOPLE)
    past = _until_today(days)
    async with _within(asker, workspace_id) as tx:
        readings = await queries.read_people(tx, asker.caller, project_id, past.ends)
    of_person: dict[str, list[list[Reading]]] = defaultdict(lambda: [[] for _ in past.days])
    for reading in readings:
        of_person[reading.scope_id][reading.place].append(reading)
    people = [
        PersonLoad(
            None if person_id == NOBODY else person_id,
            [LoadDay(day, *_halves(readings)) for day, readings in zip(past.days, loads, strict=True)],
        )
        for person_id, loads in sorted(of_person.items())
    ]
    return Workload(project_id, days.zone, people)


async def _days(asker: Asker, period: Period, most: int) -> Days:
    """The days that are asked for, in the caller's zone. Raises InvalidInput."""
    zone = zone_named(await asker.people.find_time_zone(id=asker.caller.id))
    today = clock.now().astimezone(zone).date()
    try:
        last = period.last or max(today, period.first or today)
        first = period.first or last - _ONE_DAY * (USUAL_DAYS - 1)
        if not first <= last < first + _ONE_DAY * most:
            raise invalid("/from", f"A report is about 1 to {most} days.")
        days = [first + _ONE_DAY * n for n in range((last - first).days + 1)]
        return Days(zone.key, beginning(first, zone), days, [beginning(day + _ONE_DAY, zone) for day in days])
    except OverflowError:
        raise invalid("/from", "This is outside the years 1 to 9999.") from None


async def _find_workspace(asker: Asker, project_id: str) -> str:
    """Say whose a project is that the caller sees. Raises ProjectNotFound."""
    workspace_id = await queries.find_workspace_id(asker.database, asker.caller, project_id)
    if workspace_id is None:
        raise ProjectNotFound
    return workspace_id


@asynccontextmanager
async def _within(asker: Asker, workspace_id: str) -> AsyncIterator[Transaction]:
    """Read behind the second wall: reports are read so seldom that they can pay for it."""
    async with asker.database.transaction() as tx:
        await see_only(tx, workspace_id)
        yield tx


def _until_today(days: Days) -> Days:
    """Without the days to come."""
    today = clock.now().astimezone(ZoneInfo(days.zone)).date()
    count = sum(day <= today for day in days.days)
    return msgspec.structs.replace(days, days=days.days[:count], ends=days.ends[:count])


def _burnt(days: Days, known: int, readings: list[Reading]) -> list[BurndownDay]:
    """Each day with what is known of it; the first instant read is the beginning."""
    at: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings:
        at[reading.place].append(reading)
    tasks, estimate, *_ = _halves(at[0])
    told = []
    for n, day in enumerate(days.days, 1):
        share = 1 - n / len(days.days)
        left, value, done, worth = _halves(at[n]) if n < known else (None, None, None, None)
        ideal = round(tasks * share, 2), round(estimate * share, 2)
        told.append(BurndownDay(day, left, value, done, worth, *ideal))
    return told


def _velocity(cycle: Cycle, place: int, readings: list[Reading]) -> IterationVelocity:
    began = [one for one in readings if one.place == place]
    ended = [one for one in readings if one.place == place + 1 and one.is_completed]
    return IterationVelocity(cycle.iteration_id, cycle.starts_on, cycle.ends_on, *_sum(began), *_sum(ended))


def _halves(readings: Iterable[Reading]) -> tuple[int, float, int, float]:
    """The tasks that are open and their estimate, and the same of those that are completed."""
    halves: tuple[list[Reading], list[Reading]] = [], []
    for one in readings:
        halves[one.is_completed].append(one)
    return *_sum(halves[False]), *_sum(halves[True])


def _sum(readings: Iterable[Reading], start: tuple[int, float] = _NOTHING) -> tuple[int, float]:
    tasks, estimate = start
    for one in readings:
        tasks, estimate = tasks + one.tasks, estimate + one.estimate
    return tasks, round(estimate, 2)


def _spread(seconds: Iterable[int]) -> Spread | None:
    """Nearest ranks: each is what some task took."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    return Spread(*(ordered[ceil(len(ordered) * share / 100) - 1] for share in (50, 85, 95)))


def _seconds(duration: timedelta) -> int:
    return max(0, int(duration.total_seconds()))
