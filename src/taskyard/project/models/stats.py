"""How a project stands."""

import msgspec

from taskyard.project.models.states import Category


class StateCount(msgspec.Struct, frozen=True):
    """How many tasks are in a state."""

    key: str
    category: Category
    wip_limit: int | None
    tasks: int
    unassigned: int
    overdue: int
    estimate: float
    """The sum of what is estimated."""


class ProjectStats(msgspec.Struct, frozen=True):
    """The tasks of a project in numbers, those in the trash and archived apart.

    ``overdue`` and ``unassigned`` count open tasks; a task that is due on a day is overdue when the day is over in
    the time zone of whoever asks.
    """

    project_id: str
    open: int
    completed: int
    overdue: int
    unassigned: int
    open_estimate: float
    states: list[StateCount]
