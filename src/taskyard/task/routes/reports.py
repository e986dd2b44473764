"""/reports: how the work of a project went, day by day in the caller's time zone."""

from datetime import date
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from taskyard.kit.http import API
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.principal import require_scope
from taskyard.task.actions import reports as actions
from taskyard.task.actions.reports import Asker
from taskyard.task.models.reports import Burndown, CumulativeFlow, CycleTime, Period, Velocity, Workload
from taskyard.task.routes.provided import Caller, KnownPeople, QueryId, Store

READ = "tasks:read"
TAGS = ["Reports"]

ProjectId = Annotated[str, QueryParameter(pattern=UUID_PATTERN)]
From = Annotated[
    date | None, QueryParameter(name="from", description="The first day, in your time zone; two weeks unless told.")
]
To = Annotated[date | None, QueryParameter(description="The last day; today unless told.")]
Last = Annotated[int, QueryParameter(ge=1, le=50, description="How many iterations.")]


@get(f"{API}/reports/cumulative-flow", tags=TAGS)
async def get_cumulative_flow(
    caller: Caller, database: Store, people: KnownPeople, project_id: ProjectId, from_: From = None, to: To = None
) -> CumulativeFlow:
    """How many tasks of a project were in which state at the end of each day, and their estimates; up to 366 days."""
    require_scope(caller, READ)
    return await actions.get_cumulative_flow(Asker(database, people, caller), project_id, Period(from_, to))


@get(f"{API}/reports/burndown", tags=TAGS)
async def get_burndown(
    caller: Caller,
    database: Store,
    people: KnownPeople,
    project_id: QueryId = None,
    iteration_id: QueryId = None,
    from_: From = None,
    to: To = None,
) -> Burndown:
    """What was left of an iteration, over its own days unless told otherwise, or of a project at the end of each day.

    The ideal falls evenly from what was open when the first day began. Of days to come only the ideal is known.
    """
    require_scope(caller, READ)
    return await actions.get_burndown(Asker(database, people, caller), project_id, iteration_id, Period(from_, to))


@get(f"{API}/reports/velocity", tags=TAGS)
async def get_velocity(
    caller: Caller, database: Store, people: KnownPeople, project_id: ProjectId, last: Last = 6
) -> Velocity:
    """What was in each of the last iterations when it began, and what of it was completed when it was closed."""
    require_scope(caller, READ)
    return await actions.get_velocity(Asker(database, people, caller), project_id, last)


@get(f"{API}/reports/cycle-time", tags=TAGS)
async def get_cycle_time(
    caller: Caller, database: Store, people: KnownPeople, project_id: ProjectId, from_: From = None, to: To = None
) -> CycleTime:
    """How long the tasks took that were completed in some days and still are.

    The lead time begins when a task was made, the cycle time when it first was in a state that counts as in progress
    by now. Up to 366 days and 10,000 tasks; half, 85 and 95 of a hundred took at most `p50`, `p85` and `p95`.
    """
    require_scope(caller, READ)
    return await actions.get_cycle_time(Asker(database, people, caller), project_id, Period(from_, to))


@get(f"{API}/reports/workload", tags=TAGS)
async def get_workload(
    caller: Caller, database: Store, people: KnownPeople, project_id: ProjectId, from_: From = None, to: To = None
) -> Workload:
    """What everybody in a project had to do at the end of each day, and what is nobody's; up to 92 days."""
    require_scope(caller, READ)
    return await actions.get_workload(Asker(database, people, caller), project_id, Period(from_, to))


HANDLERS = [get_cumulative_flow, get_burndown, get_velocity, get_cycle_time, get_workload]
