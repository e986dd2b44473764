"""What hangs on a task: where it hangs, and what the caller may do there."""

import msgspec


class Footing(msgspec.Struct, frozen=True):
    """What decides about a change of anything that hangs on a task."""

    is_archived: bool
    permissions: int


class Anchor(msgspec.Struct, frozen=True):
    """A task out of the trash, as the place of what is to hang on it."""

    workspace_id: str
    project_id: str
    task_id: str
    footing: Footing
