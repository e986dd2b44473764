"""Reports: how the work of a project went, day by day."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class Period(msgspec.Struct, frozen=True):
    """The days a report is asked for; what is None begins or ends as the report itself says."""

    first: date | None
    last: date | None


class Days(msgspec.Struct, frozen=True):
    """The days of a report and the instants at which they are over, in somebody's time zone."""

    zone: str
    begins: datetime
    days: list[date]
    ends: list[datetime]


class Reading(msgspec.Struct, frozen=True):
    """How many tasks of a state there were right before an instant; ``place`` says which one of those asked about."""

    place: int
    scope_id: str
    status: str
    is_completed: bool
    tasks: int
    estimate: float


class StateAmount(msgspec.Struct, frozen=True):
    """The tasks in a state, and the sum of their estimates."""

    status: str
    tasks: int
    estimate: float


class FlowDay(msgspec.Struct, frozen=True):
    """How tasks stood at the end of a day; states without any are left out."""

    on: date
    states: list[StateAmount]


class CumulativeFlow(msgspec.Struct, frozen=True):
    """The tasks of a project by state, day by day until today."""

    project_id: str
    time_zone: str
    days: list[FlowDay]


class BurndownDay(msgspec.Struct, frozen=True):
    """What was left at the end of a day. Only the ideal is known of days to come."""

    on: date
    open_tasks: int | None
    open_estimate: float | None
    completed_tasks: int | None
    completed_estimate: float | None
    ideal_tasks: Annotated[float, Meta(description="A straight line from what was open when the first day began.")]
    ideal_estimate: float


class Burndown(msgspec.Struct, frozen=True):
    """What is left of an iteration or a project, day by day."""

    project_id: str
    iteration_id: str | None
    time_zone: str
    days: list[BurndownDay]


class Cycle(msgspec.Struct, frozen=True):
    """An iteration as reports need to know it."""

    project_id: str
    iteration_id: str
    starts_on: date
    ends_on: date
    started_at: datetime | None
    closed_at: datetime | None


class IterationVelocity(msgspec.Struct, frozen=True):
    """What was planned when an iteration began, and what of it was completed when it was closed."""

    iteration_id: str
    starts_on: date
    ends_on: date
    committed_tasks: int
    committed_estimate: float
    completed_tasks: int
    completed_estimate: float


class Velocity(msgspec.Struct, frozen=True):
    """How much a project completes in an iteration: its latest ones, the last that was closed first."""

    project_id: str
    average_tasks: float | None
    average_estimate: float | None
    iterations: list[IterationVelocity]


class Completion(msgspec.Struct, frozen=True):
    """How long a completed task took: since it was made, and since it was first in progress, if it ever was."""

    task_id: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime
    lead_seconds: int
    cycle_seconds: int | None


class Spread(msgspec.Struct, frozen=True):
    """How many seconds half, 85 and 95 of a hundred tasks took at most."""

    p50: int
    p85: int
    p95: int


class CycleTime(msgspec.Struct, frozen=True):
    """How long the tasks took that were completed in some days; ``items`` are the latest thousand of them."""

    project_id: str
    time_zone: str
    tasks: int
    lead_seconds: Spread | None
    cycle_seconds: Spread | None
    items: list[Completion]


class LoadDay(msgspec.Struct, frozen=True):
    """What somebody had to do at the end of a day, and how much of what is theirs was completed by then."""

    on: date
    open_tasks: int
    open_estimate: float
    completed_tasks: int
    completed_estimate: float


class PersonLoad(msgspec.Struct, frozen=True):
    """The work of one person, or with null what is nobody's."""

    person_id: str | None
    days: list[LoadDay]


class Workload(msgspec.Struct, frozen=True):
    """Who had how much to do in a project. A task of several people counts for each of them."""

    project_id: str
    time_zone: str
    people: list[PersonLoad]
