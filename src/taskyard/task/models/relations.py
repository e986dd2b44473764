"""How a task relates to others, told from its end."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from taskyard.contracts.task import RelationKind, RelationSnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Archived

Wish = Literal["blocks", "blocked_by", "relates_to", "duplicates"]
INVERSE: dict[RelationKind, RelationKind] = {
    "blocks": "blocked_by",
    "blocked_by": "blocks",
    "relates_to": "relates_to",
    "duplicates": "duplicated_by",
    "duplicated_by": "duplicates",
}
"""What a relation is called at its other end."""


class NewRelation(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A relation to be made from the task of the path to another of its workspace."""

    kind: Wish
    target_id: Annotated[Id, Meta(description="A task of the same workspace that you see.")]


class Related(msgspec.Struct, frozen=True):
    """The other end of a relation, as much as a list shows of it."""

    id: str
    project_id: str
    key: str
    title: str
    status: str
    completed_at: datetime | None


class Relation(RelationSnapshot, frozen=True):
    """A relation as clients see it from one of its ends."""

    target: Related


class Ends(msgspec.Struct, frozen=True):
    """Both ends of a relation that is to be made, and what the caller may do at the first."""

    target: Related | None
    """None where the caller sees no such task in the workspace."""
    workspace_id: str
    project_id: str
    task_id: str
    key: str
    archived: Archived | None
    permissions: int


class FoundRelation(msgspec.Struct, frozen=True):
    """A relation that is to be ended, with what decides whether it may be."""

    relation: Relation
    archived: Archived | None
    permissions: int
