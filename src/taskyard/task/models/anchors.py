"""Where things hang and are made: on a task, or in a project, and what the caller may do there."""

from typing import Literal, TypeAlias

import msgspec

Archived: TypeAlias = Literal["project", "task"]
"""What was put aside, so that nothing in it or on it changes."""


class Footing(msgspec.Struct, frozen=True):
    """What decides about a change of anything that hangs there."""

    archived: Archived | None
    permissions: int


class Anchor(msgspec.Struct, frozen=True):
    """A task out of the trash, as the place of what is to hang on it."""

    workspace_id: str
    project_id: str
    task_id: str
    footing: Footing


class Site(msgspec.Struct, frozen=True):
    """A project, as the place of what is to be made in it."""

    workspace_id: str
    footing: Footing
