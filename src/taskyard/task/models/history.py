"""What happened to a task, and what a comment said before."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from taskyard.kit.changelog import FieldChange


class Activity(msgspec.Struct, frozen=True):
    """One change of a task or of what hangs on it, as the change log keeps it."""

    id: Annotated[str, Meta(description="Names the change in `/changes/{id}/revert`.")]
    type: Annotated[str, Meta(description="The type of its event.")]
    resource_id: Annotated[str, Meta(description="The task, or the comment, relation or other thing that changed.")]
    version: int
    actor_id: str | None
    at: datetime
    origin: str
    request_id: str
    changes: dict[str, FieldChange]


class CommentVersion(msgspec.Struct, frozen=True):
    """What a comment said from some instant on."""

    version: int
    body: str
    actor_id: str | None
    at: datetime


class PastChange(msgspec.Struct, frozen=True):
    """A change that is to be undone."""

    id: int
    type: str
    task_id: str
    workspace_id: str
    request_id: str
    actor_id: str | None
    changes: dict[str, FieldChange]


class NumberedChange(msgspec.Struct, frozen=True):
    """Which change it is, and of what."""

    id: int
    task_id: str
    workspace_id: str


class RequestOfChanges(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which request is to be undone."""

    request_id: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$(?!\n)", description="`request_id` of its changes.")
    ]
