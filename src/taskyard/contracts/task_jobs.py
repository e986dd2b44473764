"""What the task service announces of work on many tasks that somebody asked for."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

JOB_CREATED = "job.created.v1"
JOB_CANCELLED = "job.cancelled.v1"
JOB_FINISHED = "job.finished.v1"
"""All are for who asked alone; what becomes of each task is told by its own events."""
Kind = Literal["bulk", "duplicate", "revert"]
MOST_TASKS = 10_000
"""How many tasks one job works on."""
KEPT = timedelta(days=7)
"""How long is known what became of the tasks, from when it was to start."""


class JobSnapshot(msgspec.Struct, frozen=True):
    """Work on many tasks, and how far it is. The changes it makes bear ``request_id``, by which they are undone."""

    id: str
    workspace_id: str
    asked_by: str
    kind: Kind
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    total: int
    changed: int
    unchanged: int
    refused: int
    request_id: str
    created_at: datetime
    starts_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    version: int
