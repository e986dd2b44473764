"""What decides whether a task may go to a state."""

import msgspec

SETTLE_TASKS = "settle_tasks"
"""The job that lets tasks follow a change of their state."""


class Move(msgspec.Struct, frozen=True):
    """The way of a task to a state, as the project's workflow has it."""

    category: str | None
    """The category of the state; None when the project has no such state."""
    limit: int | None
    """How many tasks the state holds at most; None where that is not enforced."""
    is_governed: bool
    """Whether only the workflow's transitions may be gone."""
    is_listed: bool
    """Whether this is one of them."""
    is_permitted: bool
    """Whether the caller has one of its roles."""
    required_fields: list[str]


class Lane(msgspec.Struct, frozen=True):
    """A state of a project as the place of tasks; also what the job SETTLE_TASKS is about."""

    workspace_id: str
    project_id: str
    key: str
