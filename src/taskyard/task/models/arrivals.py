"""Workspaces that come from elsewhere: the lines that tell of them, as exports write them."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from taskyard.contracts.fields import FieldDefinition
from taskyard.contracts.task import Priority
from taskyard.kit.ids import Id
from taskyard.task.models.recurrences import LocalTime, RecurringTaskOf, RuleText, ZoneName
from taskyard.task.models.tasks import Custom, Description, Estimate, Instant, LabelIds, Status, Task, Title
from taskyard.task.models.views import Columns, FilterText, Layout, SortText, ViewName

FORMAT = "taskyard/1"
ARRANGED = ("project", "state", "workflow", "label", "field", "milestone", "iteration", "template")
"""What the project service takes in, in the order in which it can be."""
TAKEN = ("task", "relation", "checklist_item", "comment", "reaction", "time_entry", "view", "recurrence")
"""What this service takes in, each after what it names."""

Rank = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{6,200}(?!\n)$")]
MOST_NUMBER = 1_000_000_000
Number = Annotated[int, Meta(ge=1, le=MOST_NUMBER)]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file."""

    kind: str
    id: Id
    project_id: Id | None = None
    data: dict[str, object] = msgspec.field(default_factory=dict)
    format: str = ""
    email: str = ""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a project has that its tasks can name."""

    key: str
    categories: dict[str, str]
    """The states' categories by their keys."""
    part_ids: dict[str, set[str]]
    """By kind: ``label``, ``milestone``, ``iteration``."""
    fields: dict[str, FieldDefinition]
    insiders: frozenset[str]
    """Who sees it."""


class Document(msgspec.Struct, frozen=True):
    """Something that a project is arranged with, or the project itself."""

    kind: str
    id: str
    data: dict[str, object]


class ArrivingTask(msgspec.Struct, kw_only=True, frozen=True):
    """A task, what it names already under its id here."""

    number: Number
    title: Title
    description: Description
    status: Status
    priority: Priority
    assignee_ids: list[Id]
    parent_id: Id | None
    label_ids: LabelIds
    milestone_id: Id | None
    iteration_id: Id | None
    start_on: date | None
    due_on: date | None
    due_at: Instant | None
    estimate: Estimate | None
    custom: Custom
    created_by: Id
    created_at: Instant
    updated_at: Instant
    completed_at: Instant | None
    archived_at: Instant | None
    rank: Rank | None = None


class ArrivingView(msgspec.Struct, kw_only=True, frozen=True):
    """A view that is shared in its project."""

    name: ViewName
    filter: FilterText
    sort: SortText
    layout: Layout
    columns: Columns
    created_by: Id
    created_at: Instant
    updated_at: Instant


class ArrivingRecurrence(msgspec.Struct, kw_only=True, frozen=True):
    """A task that is made again and again, and how far that is."""

    rule: RuleText
    starts_on: date
    at: LocalTime
    time_zone: ZoneName
    task: RecurringTaskOf
    state: Literal["active", "paused", "ended"]
    problem: Annotated[str, Meta(pattern="^[a-z_]{1,60}(?!\\n)$")] | None
    last_on: date | None
    last_task_id: Id | None
    created_at: Instant
    updated_at: Instant


class StoredTask(msgspec.Struct, frozen=True):
    """A task with what is kept of it beside what clients see."""

    task: Task
    rank: str
