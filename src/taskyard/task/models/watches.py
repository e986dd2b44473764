"""Whether somebody watches a task."""

import msgspec


class Watch(msgspec.Struct, frozen=True):
    """Whether the caller watches a task, because it concerns them or because they asked to."""

    task_id: str
    is_watching: bool
