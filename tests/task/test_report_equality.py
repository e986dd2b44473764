"""Reports are equal to a plain count over the log, for histories that chance wrote."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import httpx
import pytest

from taskyard.kit import clock

from .conftest import Acquaintances, Report, World
from .histories import FIRST, LAST, Past, add_iteration, days_of, end_of, open_and_completed, travel_to, work

ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Los_Angeles"]


@pytest.fixture
async def past(ann: httpx.AsyncClient, world: World, request: pytest.FixtureRequest) -> tuple[Past, list[str]]:
    """Two weeks over the end of summer time in Europe, and the iterations of that time."""
    travel_to(datetime(2026, 10, 19, 20, tzinfo=UTC))
    iterations = [await add_iteration(world, FIRST, LAST) for _ in range(2)]
    await work(ann, world, iterations, request.param, 130)
    return await Past.of(world), iterations


@pytest.mark.parametrize(("past", "zone"), [(n, zone) for n, zone in enumerate(ZONES)], indirect=["past"])
async def test_reports_are_what_the_log_says(
    past: tuple[Past, list[str]], report: Report, world: World, people: Acquaintances, zone: str
) -> None:
    people.zones[world.ann] = zone
    log, (iteration, _) = past
    await _compare_flow(log, await report("cumulative-flow", from_=FIRST, to=LAST), zone)
    await _compare_burndown(log, await report("burndown", from_=FIRST, to=LAST), zone, {})
    of_iteration = await report("burndown", project_id=None, iteration_id=iteration)
    await _compare_burndown(log, of_iteration, zone, {"iteration_id": iteration})
    await _compare_cycle_time(log, await report("cycle-time", from_=FIRST, to=LAST), zone)
    await _compare_workload(log, await report("workload", from_=FIRST, to=LAST), zone)


async def _compare_flow(log: Past, found: dict[str, Any], zone: str) -> None:
    assert found["time_zone"] == zone
    assert len(days_of(found)) > 10
    for day, told in zip(days_of(found), found["days"], strict=True):
        naive: dict[str, list[float]] = defaultdict(lambda: [0, 0])
        for task in log.tasks(end_of(day, zone)):
            naive[task["status"]][0] += 1
            naive[task["status"]][1] += task["estimate"] or 0
        assert {one["status"]: [one["tasks"], one["estimate"]] for one in told["states"]} == naive, day


async def _compare_burndown(log: Past, found: dict[str, Any], zone: str, wanted: dict[str, str]) -> None:
    today = clock.now().astimezone(UTC).date()
    assert days_of(found) == [FIRST + timedelta(days=n) for n in range(14)]
    start = [one for one in log.tasks(end_of(FIRST - timedelta(days=1), zone)) if wanted.items() <= one.items()]
    ideal = open_and_completed(start)[:2]
    for n, (day, told) in enumerate(zip(days_of(found), found["days"], strict=True), 1):
        tasks = [one for one in log.tasks(end_of(day, zone)) if wanted.items() <= one.items()]
        names = ("open_tasks", "open_estimate", "completed_tasks", "completed_estimate")
        if day < today:
            assert tuple(told[name] for name in names) == open_and_completed(tasks), day
        assert told["ideal_tasks"] == round(ideal[0] * (1 - n / 14), 2)
        assert told["ideal_estimate"] == round(ideal[1] * (1 - n / 14), 2)


async def _compare_cycle_time(log: Past, found: dict[str, Any], zone: str) -> None:
    span = [end_of(FIRST - timedelta(days=1), zone), end_of(LAST, zone)]
    naive = {}
    for task in log.tasks(datetime.max.replace(tzinfo=UTC)):
        if task["completed_at"] and span[0] <= (completed := datetime.fromisoformat(task["completed_at"])) < span[1]:
            began = log.first_in_progress(task["id"])
            lead = int((completed - datetime.fromisoformat(task["created_at"])).total_seconds())
            naive[task["id"]] = (lead, None if began is None else int((completed - began).total_seconds()))
    assert {one["task_id"]: (one["lead_seconds"], one["cycle_seconds"]) for one in found["items"]} == naive
    assert found["tasks"] == len(naive) > 3
    for place, name in enumerate(("lead_seconds", "cycle_seconds")):
        ordered = sorted(one for times in naive.values() if (one := times[place]) is not None)
        ranks = {f"p{share}": ordered[ceil(share * len(ordered) / 100) - 1] for share in (50, 85, 95) if ordered}
        assert found[name] == (ranks if ordered else None)


async def _compare_workload(log: Past, found: dict[str, Any], zone: str) -> None:
    naive: dict[tuple[str | None, str], object] = {}
    told: dict[tuple[str | None, str], tuple[float, ...]] = {}
    names = ("open_tasks", "open_estimate", "completed_tasks", "completed_estimate")
    for n in range(14):
        tasks = log.tasks(end_of(FIRST + timedelta(days=n), zone))
        for person in {person for task in tasks for person in task["assignee_ids"] or [None]}:
            own = [one for one in tasks if person in (one["assignee_ids"] or [None])]
            naive[person, str(FIRST + timedelta(days=n))] = open_and_completed(own)
    for load in found["people"]:
        told |= {(load["person_id"], day["on"]): tuple(day[name] for name in names) for day in load["days"]}
    last = {day for _, day in told}
    assert {key: value for key, value in told.items() if any(value)} == {
        key: value for key, value in naive.items() if key[1] in last
    }


@pytest.mark.parametrize("past", [7], indirect=True)
async def test_velocity_is_what_was_there_when_iterations_began_and_ended(
    past: tuple[Past, list[str]], report: Report, world: World
) -> None:
    log, iterations = past
    spans = [(datetime(2026, 10, day, 3, tzinfo=UTC), datetime(2026, 10, day + 3, 5, tzinfo=UTC)) for day in (22, 27)]
    for iteration, span in zip(iterations, spans, strict=True):
        await world.owner.execute(
            "UPDATE project.iterations SET state = 'closed', started_at = $2, closed_at = $3 WHERE id = $1",
            iteration,
            *span,
        )
    found = await report("velocity")

    assert [one["iteration_id"] for one in found["iterations"]] == iterations[::-1]
    for told, iteration, span in zip(found["iterations"], iterations[::-1], spans[::-1], strict=True):
        began, ended = [[one for one in log.tasks(at) if one["iteration_id"] == iteration] for at in span]
        planned = (len(began), sum(one["estimate"] or 0 for one in began))
        assert (told["committed_tasks"], told["committed_estimate"]) == planned
        assert (told["completed_tasks"], told["completed_estimate"]) == open_and_completed(ended)[2:]
    completed = [one["completed_tasks"] for one in found["iterations"]]
    assert found["average_tasks"] == sum(completed) / 2
    assert len((await report("velocity", last=1))["iterations"]) == 1
