"""Many writes of tasks in one request."""

from typing import Annotated

import msgspec
from msgspec import Meta

from taskyard.kit.ids import Id
from taskyard.kit.problems import ProblemDocument
from taskyard.task.models.tasks import NewTask, Task, TaskPatch

MOST_OPERATIONS = 200
Version = Annotated[int, Meta(ge=1, description="The version it is for, as If-Match says elsewhere.")]


class CreateOperation(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="create"):
    """Create a task."""

    task: NewTask


class UpdateOperation(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="update"):
    """Change a task by JSON Merge Patch (RFC 7396), its status included."""

    task_id: Id
    patch: TaskPatch
    version: Version | None = None


class DeleteOperation(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="delete"):
    """Put a task into the trash."""

    task_id: Id
    version: Version | None = None


class RestoreOperation(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="restore"):
    """Take a task out of the trash."""

    task_id: Id
    version: Version | None = None


Operation = CreateOperation | UpdateOperation | DeleteOperation | RestoreOperation


class Batch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Operations to be carried out in their order, in one transaction."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=MOST_OPERATIONS)]
    atomic: Annotated[bool, Meta(description="All or nothing; otherwise what is refused leaves the rest alone.")] = True


class Outcome(msgspec.Struct, frozen=True):
    """What became of one operation: the status it would have had alone, and the task or the refusal."""

    status: int
    task: Task | None = None
    problem: ProblemDocument | None = None


class Outcomes(msgspec.Struct, frozen=True):
    """What became of each operation, in their order."""

    results: list[Outcome]
