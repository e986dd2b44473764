"""Tasks: what clients send and what they get, and what decides about a change."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.fields import MOST_FIELDS, FieldKey, FieldValue
from taskyard.contracts.language.tree import Condition, SortKey
from taskyard.contracts.task import Priority, TaskSnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.moves import Move
from taskyard.task.models.terms import Terms

LONGEST_TITLE = 255
Title = Annotated[str, Meta(min_length=1, max_length=LONGEST_TITLE, description="One line.")]
Description = Annotated[str, Meta(max_length=100_000, description="Markdown.")]
STATUS_PATTERN = r"^[A-Za-z0-9_-]{1,60}(?!\n)$"
Status = Annotated[str, Meta(pattern=STATUS_PATTERN, description="The key of one of the project's states.")]
AssigneeIds = Annotated[list[Id], Meta(max_length=50, description="People or service accounts; order is kept.")]
ParentId = Annotated[Id, Meta(description="The task of the same project that it is a part of.")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone; answered in UTC.")]
LabelIds = Annotated[list[Id], Meta(max_length=50, description="Labels of the project; order is kept.")]
MilestoneId = Annotated[Id, Meta(description="What the task leads to: a milestone of its project.")]
IterationId = Annotated[Id, Meta(description="When the task is done: an iteration of its project that is not closed.")]
TemplateId = Annotated[
    Id, Meta(description="A template of the project: what is left out begins as it says; its values are merged.")
]
Custom = Annotated[
    dict[FieldKey, FieldValue | None],
    Meta(max_length=MOST_FIELDS, description="Values of the project's own fields, by their keys; null takes one away."),
]
Estimate = Annotated[float, Meta(ge=0, le=99_999_999, description="In the project's unit; two decimals are kept.")]

INDEXED_SORTS = frozenset({"updated_at", "-updated_at", "created_at", "-created_at", "number", "-number"})
"""The orders a list of tasks has an index for; ``number`` means something within one project only."""
Count = Literal["none", "estimate", "exact"]


class Task(TaskSnapshot, frozen=True):
    """A task as clients see it."""


class RenderedTask(Task, frozen=True):
    """A task with its description as HTML that is safe to show."""

    description_html: str


LACKED_BY_OLD_EVENTS: dict[str, object] = {
    "parent_id": None,
    "label_ids": [],
    "milestone_id": None,
    "iteration_id": None,
    "custom": {},
    "archived_at": None,
}
"""What tasks had at the time of events that do not say so, because the field came later."""


class TrashedTask(Task, frozen=True):
    """A task in the trash."""

    deleted_at: datetime


class NewTask(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A task to be created. ``due_on`` and ``due_at`` exclude each other."""

    project_id: Id
    title: Title
    template_id: TemplateId | None = None
    description: Description = ""
    status: Status | None = None
    priority: Priority = "none"
    assignee_ids: AssigneeIds = msgspec.field(default_factory=list)
    label_ids: LabelIds = msgspec.field(default_factory=list)
    milestone_id: MilestoneId | None = None
    iteration_id: IterationId | None = None
    parent_id: ParentId | None = None
    start_on: date | None = None
    due_on: date | None = None
    due_at: Instant | None = None
    estimate: Estimate | None = None
    custom: Custom = msgspec.field(default_factory=dict)


class TaskPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a task: absent fields stay, null clears.

    Setting one of ``due_on`` and ``due_at`` clears the other.
    """

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee_ids: AssigneeIds | UnsetType = UNSET
    label_ids: LabelIds | UnsetType = UNSET
    milestone_id: MilestoneId | UnsetType | None = UNSET
    iteration_id: IterationId | UnsetType | None = UNSET
    parent_id: ParentId | UnsetType | None = UNSET
    start_on: date | UnsetType | None = UNSET
    due_on: date | UnsetType | None = UNSET
    due_at: Instant | UnsetType | None = UNSET
    estimate: Estimate | UnsetType | None = UNSET
    custom: Custom | UnsetType = UNSET


class Transition(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A move of a task to another state of its project."""

    status: Status


class TaskFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Which tasks a list holds, and in which order."""

    project_id: Id | None = None
    status: str | None = None
    assignee_id: Id | None = None
    label_id: Id | None = None
    milestone_id: Id | None = None
    iteration_id: Id | None = None
    sort: str = "-updated_at"
    """As it was asked for; the fields of ``order`` once a query was read."""
    filter: str = ""
    """As it was written; ``condition`` says what it means now and for whoever asks."""
    condition: Condition | None = None
    order: tuple[SortKey, ...] = ()

    @property
    def wishes(self) -> dict[str, str]:
        """What is asked of a task besides the query, by the name of the field."""
        named = ("status", "assignee_id", "label_id", "milestone_id", "iteration_id")
        return {name: value for name in named if (value := getattr(self, name)) is not None}

    @property
    def listing(self) -> str:
        """The name of this list for its cursors."""
        named = {"project_id": self.project_id, **self.wishes, "sort": self.sort}
        if self.filter:
            named["filter"] = self.filter
        return "tasks:" + msgspec.json.encode(named).decode()


class Place(msgspec.Struct, frozen=True):
    """Where a new task goes: its project, what the caller may do there, and the state it starts in."""

    move: Move
    terms: Terms
    workspace_id: str
    project_id: str
    project_key: str
    is_archived: bool
    permissions: int
    outsider_ids: list[str]
    """Those of the wanted assignees who do not see the project."""
    number: int
    """Taken for this task and for no other; 0 where no task can be created."""
    status: str | None


class ChangeableTask(msgspec.Struct, frozen=True):
    """A task with what decides whether it may be changed."""

    task: Task
    move: Move | None
    """What decides about the status that is wanted; None where it is not to be changed."""
    is_deleted: bool
    is_archived: bool
    permissions: int
    has_open_subtasks: bool
    """Asked only where the wanted state is a finished one."""
    by_grant: bool = False
    """Whether the caller may change it because they were given this task, and not by its project."""
