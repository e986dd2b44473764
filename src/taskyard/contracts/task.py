"""What the task service announces, and the words others need to read it."""

from datetime import date, datetime
from typing import Literal

import msgspec

from taskyard.contracts.fields import FieldValue

Priority = Literal["none", "low", "medium", "high", "urgent"]
RelationKind = Literal["blocks", "blocked_by", "relates_to", "duplicates", "duplicated_by"]

TASK_CREATED = "task.created.v1"
TASK_UPDATED = "task.updated.v1"
TASK_TRANSITIONED = "task.transitioned.v1"
"""The status changed, whatever else changed with it; a change without it is TASK_UPDATED."""
TASK_MOVED = "task.moved.v1"
"""It stands elsewhere in its column of the board; the changes say after which task (``after_id``)."""
TASK_DELETED = "task.deleted.v1"
TASK_RESTORED = "task.restored.v1"
TASK_ARCHIVED = "task.archived.v1"
TASK_UNARCHIVED = "task.unarchived.v1"
COMMENT_CREATED = "comment.created.v1"
COMMENT_UPDATED = "comment.updated.v1"
COMMENT_DELETED = "comment.deleted.v1"
RELATION_CREATED = "relation.created.v1"
RELATION_DELETED = "relation.deleted.v1"
"""Announced at either end, as told from there, to who sees that end."""
CHECKLIST_ITEM_CREATED = "checklist_item.created.v1"
CHECKLIST_ITEM_UPDATED = "checklist_item.updated.v1"
CHECKLIST_ITEM_DELETED = "checklist_item.deleted.v1"
REACTION_CREATED = "reaction.created.v1"
REACTION_DELETED = "reaction.deleted.v1"
TIME_ENTRY_CREATED = "time_entry.created.v1"
TIME_ENTRY_UPDATED = "time_entry.updated.v1"
TIME_ENTRY_DELETED = "time_entry.deleted.v1"
REMINDER_CREATED = "reminder.created.v1"
REMINDER_DELETED = "reminder.deleted.v1"
REMINDER_TOLD = "reminder.told.v1"
"""Its time has come. Events of reminders are for the person alone whose they are."""
RECURRENCE_CREATED = "recurrence.created.v1"
RECURRENCE_UPDATED = "recurrence.updated.v1"
"""Changed, paused, resumed, or its next task was made."""
RECURRENCE_DELETED = "recurrence.deleted.v1"
VIEW_CREATED = "view.created.v1"
VIEW_UPDATED = "view.updated.v1"
VIEW_DELETED = "view.deleted.v1"
"""Those of a view that is not shared are for its maker alone."""
EXPORT_CREATED = "export.created.v1"
EXPORT_FINISHED = "export.finished.v1"
"""Only who asked for the export is told that its file is there."""
IMPORT_CREATED = "import.created.v1"
IMPORT_FINISHED = "import.finished.v1"
"""Only who asked for the import is told that it is over."""
ATTACHMENT_CREATED = "attachment.created.v1"
ATTACHMENT_DELETED = "attachment.deleted.v1"
WATCH_UPDATED = "watch.updated.v1"
"""Somebody watches a task, or does not any more; they are the only audience."""


class TaskSnapshot(msgspec.Struct, frozen=True):
    """A task as its events carry it. The fields stand in the order of the statements that read it."""

    id: str
    workspace_id: str
    project_id: str
    key: str
    number: int
    title: str
    description: str
    status: str
    priority: Priority
    assignee_ids: list[str]
    parent_id: str | None
    label_ids: list[str]
    milestone_id: str | None
    iteration_id: str | None
    start_on: date | None
    due_on: date | None
    due_at: datetime | None
    estimate: float | None
    custom: dict[str, FieldValue]
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    archived_at: datetime | None
    version: int


class CommentSnapshot(msgspec.Struct, frozen=True):
    """A comment as its events carry it: it names people in the order of its body, and the first of its thread."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    author_id: str
    reply_to: str | None
    body: str
    mentioned_ids: list[str]
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    version: int


class ReactionSnapshot(msgspec.Struct, frozen=True):
    """What somebody says to a comment with one sign."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    comment_id: str
    person_id: str
    emoji: str
    created_at: datetime


class RelationSnapshot(msgspec.Struct, frozen=True):
    """How a task relates to another, told from its end. The relation has the same id at the other."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    kind: RelationKind
    target_id: str
    created_by: str
    created_at: datetime


class ChecklistItemSnapshot(msgspec.Struct, frozen=True):
    """A small step of a task as its events carry it; items sort by the bytes of their rank."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    title: str
    is_done: bool
    rank: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class TimeEntrySnapshot(msgspec.Struct, frozen=True):
    """Time that a person spent on a task; without ``seconds`` they measure it still."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    person_id: str
    started_at: datetime
    seconds: int | None
    note: str
    created_at: datetime
    updated_at: datetime
    version: int


class AttachmentSnapshot(msgspec.Struct, frozen=True):
    """A file that hangs on a task; ``media_type`` is for showing it, and is only what it seems to be."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    name: str
    media_type: str
    size: int
    sha256: str
    created_by: str
    created_at: datetime
    version: int


class WatchSnapshot(msgspec.Struct, frozen=True):
    """Whether a person watches a task, as they said themselves."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    person_id: str
    is_watching: bool
    version: int


class ReminderSnapshot(msgspec.Struct, frozen=True):
    """When a person wants to be reminded of a task; ``told_at`` is null until they were."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    person_id: str
    remind_at: datetime
    created_at: datetime
    told_at: datetime | None
    version: int


class RecurringTask(msgspec.Struct, frozen=True, kw_only=True):
    """What each task of a recurrence begins with."""

    title: str
    description: str = ""
    status: str | None = None
    priority: Priority = "none"
    assignee_ids: list[str] = []
    label_ids: list[str] = []
    estimate: float | None = None
    custom: dict[str, FieldValue] = {}
    due_in_days: int | None = None


class RecurrenceSnapshot(msgspec.Struct, frozen=True):
    """A task that is made again and again. The fields stand in the order of the statements that read it."""

    id: str
    workspace_id: str
    project_id: str
    rule: str
    starts_on: date
    at: str
    time_zone: str
    task: RecurringTask
    state: Literal["active", "paused", "ended"]
    problem: str | None
    """The code of the refusal that paused it."""
    next_on: date | None
    last_on: date | None
    last_task_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class ExportSnapshot(msgspec.Struct, frozen=True):
    """A workspace carried away as a file, which only who asked for it may fetch, until it expires."""

    id: str
    workspace_id: str
    asked_by: str
    format: Literal["json", "csv"]
    state: Literal["waiting", "running", "done"]
    tasks_done: int
    tasks_total: int
    size: int | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    version: int


class ImportSnapshot(msgspec.Struct, frozen=True):
    """Tasks that come from elsewhere into a project, or without one all things of a workspace, and how far that is.

    It says of ``rows_total`` rows what became of each; of a dry run, ``created`` counts what would be.
    """

    id: str
    workspace_id: str
    project_id: str | None
    asked_by: str
    format: Literal["csv", "json"]
    is_dry_run: bool
    state: Literal["waiting", "running", "done"]
    rows_total: int
    created: int
    present: int
    refused: int
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    version: int


class ViewSnapshot(msgspec.Struct, frozen=True):
    """A list that somebody keeps. The fields stand in the order of the statements that read it."""

    id: str
    workspace_id: str | None
    project_id: str | None
    name: str
    filter: str
    sort: str
    layout: Literal["list", "board"]
    columns: list[str]
    is_shared: bool
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
