"""Reports: what they count, in whose days, for whom, and what they cost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.actions.progress import follow_progress
from taskyard.task.queries import reports as queries

from .conftest import Acquaintances, As, NewTaskOf, Report, World
from .histories import FIRST, LAST, add_iteration, days_of, end_of, travel_to


async def test_a_project_without_iterations_has_no_velocity(report: Report, world: World) -> None:
    nothing: dict[str, Any] = {"average_tasks": None, "average_estimate": None, "iterations": []}
    assert await report("velocity") == {"project_id": world.project_id, **nothing}
    assert (await report("cycle-time"))["lead_seconds"] is None


@pytest.fixture
def in_berlin(people: Acquaintances, world: World) -> None:
    people.zones[world.ann] = "Europe/Berlin"


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
async def test_a_day_is_as_long_as_its_clock_makes_it(
    report: Report, new_task: NewTaskOf, day: date, hours: int
) -> None:
    begins = end_of(day - timedelta(days=1), "Europe/Berlin")
    for after in (timedelta(seconds=-2), timedelta(hours=hours, seconds=-2), timedelta(hours=hours, seconds=2)):
        travel_to(begins + after)
        await new_task()
    found = await report("cumulative-flow", from_=day - timedelta(days=1), to=day + timedelta(days=1))

    assert [told["states"][0]["tasks"] for told in found["days"]] == [1, 2, 3]


async def test_days_to_come_have_only_an_ideal(report: Report, new_task: NewTaskOf) -> None:
    travel_to(datetime(2026, 10, 20, 12, tzinfo=UTC))
    await new_task(estimate=8)
    travel_to(datetime(2026, 10, 21, 12, tzinfo=UTC))
    flow = await report("cumulative-flow", from_=FIRST, to=LAST)
    burndown = await report("burndown", from_="2026-10-21", to="2026-10-22")

    assert days_of(flow) == [date(2026, 10, 20), date(2026, 10, 21)]
    assert [(day["open_tasks"], day["ideal_estimate"]) for day in burndown["days"]] == [(1, 4.0), (None, 0.0)]
    assert days_of(await report("cumulative-flow", from_="2026-10-22")) == []
    usual = await report("cumulative-flow")
    assert (len(usual["days"]), usual["days"][-1]["on"]) == (14, "2026-10-21")


async def test_what_is_read_again_is_counted_once(
    ann: httpx.AsyncClient, report: Report, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    clock.travel(timedelta(days=1))
    (await ann.patch(f"/tasks/{task['id']}", json={"status": "done"})).raise_for_status()
    before = await report("cumulative-flow")
    async with world.task.transaction() as tx:
        await follow_progress(tx, 0, 2**31)

    assert await report("cumulative-flow") == before


async def test_what_comes_late_counts_from_its_own_instant(report: Report, new_task: NewTaskOf) -> None:
    now = clock.now()
    for ago in (1, 3, 2, 3):
        travel_to(now - timedelta(days=ago))
        await new_task(estimate=ago)
        await report("velocity")
    travel_to(now)
    found = await report("cumulative-flow", from_=(now - timedelta(days=4)).date(), to=now.date())

    counts = [[(one["tasks"], one["estimate"]) for one in day["states"]] for day in found["days"]]
    assert counts == [[], [(2, 6.0)], [(3, 8.0)], [(4, 9.0)], [(4, 9.0)]]


REPORTS = ["cumulative-flow", "burndown", "velocity", "cycle-time", "workload"]


@pytest.mark.parametrize("name", REPORTS)
async def test_a_report_is_for_who_sees_the_project(
    as_person: As, vera: httpx.AsyncClient, otto: httpx.AsyncClient, world: World, name: str
) -> None:
    params = {"project_id": world.project_id}
    unscoped = as_person(world.ann, scopes=frozenset({"comments:read"}))
    elsewhere = as_person(world.ann, project_ids=[world.hidden_project_id])
    clients = (vera, otto, unscoped, elsewhere, as_person(None))
    answers = [await client.get(f"/reports/{name}", params=params) for client in clients]

    assert [answer.status_code for answer in answers] == [200, 404, 403, 404, 401]
    for wrong in ({"project_id": "x"}, {**params, "x": "1"}):
        assert (await vera.get(f"/reports/{name}", params=wrong)).status_code == 422


async def test_the_statements_themselves_ask_who_reads(report: Report, new_task: NewTaskOf, world: World) -> None:
    await new_task(status="done", iteration_id=await add_iteration(world, FIRST, LAST))
    await report("velocity")
    otto, project, later = Principal(id=world.otto), world.project_id, clock.now() + timedelta(days=1)
    cycle = await world.owner.fetch_value("SELECT id::text FROM project.iterations WHERE project_id = $1", project)

    for caller, count in ((Principal(id=world.vera), 1), (otto, 0)):
        assert len(await queries.read_project(world.task, caller, project, [later])) == count
        assert len(await queries.read_iterations(world.task, caller, project, [(cycle, later)])) == count
        assert len(await queries.read_people(world.task, caller, project, [later])) == count
        span = (later - timedelta(days=2), later)
        assert len(await queries.list_completed(world.task, caller, project, span, 9)) == count
        assert (await queries.find_cycle(world.task, caller, cycle) is not None) is bool(count)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("burndown", {}),
        ("burndown", {"project_id": "it", "iteration_id": new_id()}),
        ("cumulative-flow", {"project_id": "it", "from": "2026-02-30"}),
        ("cumulative-flow", {"project_id": "it", "from": "2026-02-03", "to": "2026-02-02"}),
        ("cumulative-flow", {"project_id": "it", "from": "2024-01-01", "to": "2026-01-01"}),
        ("workload", {"project_id": "it", "from": "2026-01-01", "to": "2026-06-01"}),
        ("cycle-time", {"project_id": "it", "to": "9999-12-31"}),
        ("cycle-time", {"project_id": "it", "to": "0001-01-01"}),
        ("velocity", {"project_id": "it", "last": "0"}),
    ],
)
async def test_wrong_questions_are_refused(
    ann: httpx.AsyncClient, world: World, name: str, params: dict[str, str]
) -> None:
    asked = {key: world.project_id if value == "it" else value for key, value in params.items()}
    assert (await ann.get(f"/reports/{name}", params=asked)).status_code == 422


async def test_an_iteration_elsewhere_is_not_found(
    ann: httpx.AsyncClient, otto: httpx.AsyncClient, world: World
) -> None:
    iteration = await add_iteration(world, FIRST, LAST)
    for client, iteration_id in ((ann, new_id()), (otto, iteration)):
        answer = await client.get("/reports/burndown", params={"iteration_id": iteration_id})
        assert (answer.status_code, answer.json()["code"]) == (404, "iteration_not_found")


async def test_more_tasks_than_a_report_holds_are_refused(
    ann: httpx.AsyncClient, new_task: NewTaskOf, report: Report, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_task(status="done")
    assert (await report("cycle-time"))["tasks"] == 1
    monkeypatch.setattr("taskyard.task.actions.reports.MOST_COMPLETED", 0)

    assert (await ann.get("/reports/cycle-time", params={"project_id": world.project_id})).status_code == 422


class _Counting:
    """Answers a query function's statement with how many pages its generic plan reads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.pages = 0

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        async with self.database.transaction() as tx:
            await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await tx.fetch(sql, *args)
            row = await tx.fetch_row(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args)
        assert row is not None
        plan = msgspec.json.decode(row[0])[0]["Plan"]
        self.pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return []


async def test_only_the_days_asked_for_are_read(report: Report, new_task: NewTaskOf, world: World) -> None:
    """A hundred times the history costs the same pages, but for the height of an index."""
    await new_task(assignee_ids=[world.ann])
    await report("velocity")
    days = [clock.now() - timedelta(days=n) for n in range(14)]
    pages = []
    for history in (200, 20_000):
        await _fill(world, history)
        counting: Any = _Counting(world.task)
        for read in (queries.read_project, queries.read_people):
            await read(counting, Principal(id=world.ann), world.project_id, days)
            pages.append(counting.pages)

    assert all(much <= few * 2 + 30 for few, much in zip(pages[:2], pages[2:], strict=True)), pages


async def _fill(world: World, count: int) -> None:
    """As many changes of the counts of the project as that, over the last ten years."""
    await world.owner.execute(
        """
        INSERT INTO task.tallies
        SELECT t.workspace_id, t.project_id, t.scope_id, t.status, t.is_completed, t.at - n * $3::interval, 1, 0
          FROM (SELECT DISTINCT ON (scope_id) * FROM task.tallies WHERE project_id = $1 ORDER BY scope_id, at DESC) t,
               generate_series(1, $2) n
        ON CONFLICT DO NOTHING
        """,
        world.project_id,
        count,
        timedelta(days=3650) / count,
    )
    await world.owner.execute("VACUUM ANALYZE task.tallies")
