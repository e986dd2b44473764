"""What the task service announces of single tasks that are given to people."""

from datetime import datetime
from typing import Literal

import msgspec

GrantLevel = Literal["view", "comment", "edit"]

GRANT_CREATED = "grant.created.v1"
GRANT_UPDATED = "grant.updated.v1"
GRANT_DELETED = "grant.deleted.v1"
"""Somebody was given a single task, at another level, or has it no longer; announced to who sees its project."""
SHARED_TASK_CREATED = "shared_task.created.v1"
SHARED_TASK_UPDATED = "shared_task.updated.v1"
SHARED_TASK_DELETED = "shared_task.deleted.v1"
"""The same for the person alone, wherever they see the task from: what ``GET /tasks/shared`` lists is another."""
OWN: dict[str, str] = {
    GRANT_CREATED: SHARED_TASK_CREATED,
    GRANT_UPDATED: SHARED_TASK_UPDATED,
    GRANT_DELETED: SHARED_TASK_DELETED,
}
"""What the person is told when who sees the project is told something."""


class GrantSnapshot(msgspec.Struct, frozen=True):
    """What a person may do with one task, whatever they may do in its project."""

    id: str
    workspace_id: str
    project_id: str
    task_id: str
    user_id: str
    level: GrantLevel
    created_by: str
    created_at: datetime
    version: int
