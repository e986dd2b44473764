"""One change of many tasks, which a query finds."""

from typing import Annotated

import msgspec
from msgspec import Meta

from taskyard.kit.ids import Id
from taskyard.task.models.tasks import AssigneeIds, Instant, LabelIds, Status, Task, TaskPatch

SAMPLE = 10
"""How many tasks a dry run shows."""


class BulkUpdate(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="update"):
    """Change fields by the same JSON Merge Patch (RFC 7396) in each task."""

    patch: TaskPatch


class BulkTransition(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="transition"):
    """Move each task to another state of its project."""

    status: Status


class BulkLabels(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="label"):
    """Add labels to each task and remove others; a label of another project is refused where it is added."""

    add: LabelIds = msgspec.field(default_factory=list)
    remove: LabelIds = msgspec.field(default_factory=list)


class BulkAssignees(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="assign"):
    """Assign people to each task, and others no longer."""

    add: AssigneeIds = msgspec.field(default_factory=list)
    remove: AssigneeIds = msgspec.field(default_factory=list)


class BulkDelete(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="delete"):
    """Put each task into the trash."""


class BulkArchive(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="archive"):
    """Put each task aside."""


class BulkUnarchive(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="unarchive"):
    """Take each task up again."""


class BulkMove(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="op", tag="move"):
    """Take each task to another project, with its parts and all that hangs on it."""

    project_id: Id


BulkOperation = (
    BulkUpdate | BulkTransition | BulkLabels | BulkAssignees | BulkArchive | BulkUnarchive | BulkDelete | BulkMove
)


class NewBulk(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What is to be done to which tasks of a workspace."""

    workspace_id: Id
    filter: Annotated[str, Meta(min_length=1, description="A query; its order is the one in which they are changed.")]
    operation: BulkOperation
    is_dry_run: Annotated[bool, Meta(description="Only say which tasks it would be.")] = False
    starts_at: Annotated[Instant, Meta(description="Not before, at most 30 days ahead.")] | None = None


class BulkPreview(msgspec.Struct, frozen=True):
    """How many tasks a change would be about, and the first of them."""

    total: int
    tasks: list[Task]
