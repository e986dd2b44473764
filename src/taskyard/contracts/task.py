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
TASK_DELETED = "task.deleted.v1"
TASK_RESTORED = "task.restored.v1"
COMMENT_CREATED = "comment.created.v1"
COMMENT_UPDATED = "comment.updated.v1"
COMMENT_DELETED = "comment.deleted.v1"
RELATION_CREATED = "relation.created.v1"
RELATION_DELETED = "relation.deleted.v1"
"""Announced at either end, as told from there, to who sees that end."""
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
    start_on: date | None
    due_on: date | None
    due_at: datetime | None
    estimate: float | None
    custom: dict[str, FieldValue]
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


class CommentSnapshot(msgspec.Struct, frozen=True):
    """A comment as its events carry it. ``mentioned_ids`` are the people its body names, in that order."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    author_id: str
    body: str
    mentioned_ids: list[str]
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    version: int


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


class WatchSnapshot(msgspec.Struct, frozen=True):
    """Whether a person watches a task, as they said themselves."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    person_id: str
    is_watching: bool
    version: int
