"""What the reports remember of tasks: where each one stands, and how many there were where."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from taskyard.kit.ids import LOWEST_ID

Scope = Literal["project", "iteration", "person"]
NOBODY = LOWEST_ID
"""The person whose tasks are nobody's."""


class Standing(msgspec.Struct, frozen=True):
    """A task as one of its events left it; the fields are the columns of its table."""

    workspace_id: str
    task_id: str
    project_id: str
    version: int
    status: str
    iteration_id: str | None
    assignee_ids: list[str]
    estimate: Decimal | None
    created_at: datetime
    completed_at: datetime | None
    is_present: bool


class Series(msgspec.Struct, frozen=True):
    """What is counted together; the fields are the columns of its table."""

    workspace_id: str
    project_id: str
    scope: Scope
    scope_id: str
    status: str
    is_completed: bool


class Amount(msgspec.Struct, frozen=True):
    """A number of tasks and the sum of their estimates, or by how much they change."""

    tasks: int = 0
    estimate: Decimal = Decimal(0)

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(self.tasks + other.tasks, self.estimate + other.estimate)


class Tally(msgspec.Struct, frozen=True):
    """How many tasks of a series there were from an instant on; the fields are the columns of its table."""

    workspace_id: str
    project_id: str
    scope_id: str
    status: str
    is_completed: bool
    at: datetime
    tasks: int
    estimate: Decimal


class Entry(msgspec.Struct, frozen=True):
    """When a task first was in a state; the fields are the columns of its table."""

    workspace_id: str
    task_id: str
    status: str
    entered_at: datetime
