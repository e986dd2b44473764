"""Boards: the tasks of a project in columns, as people arranged them."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.kit.ids import Id
from taskyard.task.models.tasks import Status, Task

MOST_COUNTED = 1000
LONGEST_RANK = 60
"""A column whose ranks have become longer is ranked anew."""


class BoardState(msgspec.Struct, frozen=True):
    """The state that a column shows."""

    id: str
    key: str
    name: str
    category: str
    is_default: bool
    wip_limit: int | None
    enforces_limit: bool


class Column(msgspec.Struct, frozen=True):
    """The tasks in one state, in the order of their ranks."""

    state: BoardState
    total: Annotated[int, Meta(description="How many tasks there are, counted up to 1,000.")]
    tasks: list[Task]
    next_cursor: Annotated[str | None, Meta(description="For `GET /boards/{project_id}/columns/{status}`.")]


class Board(msgspec.Struct, frozen=True):
    """A project as its board."""

    project_id: str
    columns: list[Column]


class RankedTask(msgspec.Struct, frozen=True):
    """A task with its place in its column."""

    task: Task
    rank: str


class TaskMove(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Where a task is to stand: right after or before another of its column, or at the column's end."""

    status: Annotated[Status, Meta(description="The column; the task's own unless given.")] | None = None
    after_id: Annotated[Id, Meta(description="The task it follows; null puts it first.")] | UnsetType | None = UNSET
    before_id: Annotated[Id, Meta(description="The task it precedes.")] | UnsetType = UNSET
    project_id: (
        Annotated[Id, Meta(description="Another project of the workspace, at the end of a column there.")] | UnsetType
    ) = UNSET
