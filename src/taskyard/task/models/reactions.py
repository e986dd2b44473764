"""What people say to a comment with one sign."""

import msgspec

from taskyard.contracts.task import ReactionSnapshot
from taskyard.task.models.anchors import Footing

MOST_REACTIONS = 20


class Reaction(ReactionSnapshot, frozen=True):
    """A reaction as clients see it."""


class Reacting(msgspec.Struct, frozen=True):
    """A comment that somebody reacts to, and what they said to it before."""

    footing: Footing
    workspace_id: str
    project_id: str
    task_id: str
    comment_id: str
    count: int
    """How many reactions of the caller it has."""
