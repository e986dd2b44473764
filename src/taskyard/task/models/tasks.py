"""Tasks: what clients send and what they get, and what decides about a change."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.task import Priority, TaskSnapshot
from taskyard.kit.ids import Id

Title = Annotated[str, Meta(min_length=1, max_length=255, description="One line.")]
Description = Annotated[str, Meta(max_length=100_000, description="Markdown.")]
STATUS_PATTERN = r"^[A-Za-z0-9_-]{1,60}(?!\n)$"
Status = Annotated[str, Meta(pattern=STATUS_PATTERN, description="The key of one of the project's states.")]
AssigneeIds = Annotated[list[Id], Meta(max_length=50, description="People or service accounts; order is kept.")]
ParentId = Annotated[Id, Meta(description="The task of the same project that it is a part of.")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone; answered in UTC.")]
Estimate = Annotated[float, Meta(ge=0, le=99_999_999, description="In the project's unit; two decimals are kept.")]

Sort = Literal["updated_at", "-updated_at", "created_at", "-created_at", "number", "-number"]
"""The orders a list of tasks has an index for; ``number`` means something within one project only."""


class Task(TaskSnapshot, frozen=True):
    """A task as clients see it."""


class TrashedTask(Task, frozen=True):
    """A task in the trash."""

    deleted_at: datetime


class NewTask(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A task to be created. ``due_on`` and ``due_at`` exclude each other."""

    project_id: Id
    title: Title
    description: Description = ""
    status: Status | None = None
    priority: Priority = "none"
    assignee_ids: AssigneeIds = msgspec.field(default_factory=list)
    parent_id: ParentId | None = None
    start_on: date | None = None
    due_on: date | None = None
    due_at: Instant | None = None
    estimate: Estimate | None = None


class TaskPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a task: absent fields stay, null clears.

    Setting one of ``due_on`` and ``due_at`` clears the other.
    """

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee_ids: AssigneeIds | UnsetType = UNSET
    parent_id: ParentId | UnsetType | None = UNSET
    start_on: date | UnsetType | None = UNSET
    due_on: date | UnsetType | None = UNSET
    due_at: Instant | UnsetType | None = UNSET
    estimate: Estimate | UnsetType | None = UNSET


class Transition(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A move of a task to another state of its project."""

    status: Status


class TaskFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Which tasks a list holds, and in which order."""

    project_id: Id | None = None
    status: str | None = None
    assignee_id: Id | None = None
    sort: Sort = "-updated_at"

    @property
    def listing(self) -> str:
        """The name of this list for its cursors."""
        return "tasks:" + msgspec.json.encode(self).decode()


class Place(msgspec.Struct, frozen=True):
    """Where a new task goes: its project, what the caller may do there, and the state it starts in."""

    workspace_id: str
    project_id: str
    project_key: str
    is_archived: bool
    permissions: int
    status: str | None
    category: str | None
    outsider_ids: list[str]
    """Those of the wanted assignees who do not see the project."""
    number: int
    """Taken for this task and for no other; 0 where no task can be created."""


class ChangeableTask(msgspec.Struct, frozen=True):
    """A task with what decides whether it may be changed."""

    task: Task
    is_deleted: bool
    is_archived: bool
    permissions: int
    category: str | None
    """The category of the wanted state; None when the project has no such state."""
    has_open_subtasks: bool
    """Asked only where the wanted state is a finished one."""
