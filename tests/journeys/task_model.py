"""What tasks do, as plainly as it can be said: dictionaries, and no database. The journeys compare Taskyard with it."""

from collections.abc import Iterator
from typing import Any

import msgspec

FINISHED = frozenset({"done", "cancelled"})
INVERSE = {
    "blocks": "blocked_by",
    "blocked_by": "blocks",
    "relates_to": "relates_to",
    "duplicates": "duplicated_by",
    "duplicated_by": "duplicates",
}
DIRECTED = frozenset({"blocks", "duplicates"})


class RefusedError(Exception):
    """What is asked for cannot be: the status and the code of the answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.answer = (status, code)


class Past(msgspec.Struct, frozen=True):
    """One change of a task, to be undone: each field before and after."""

    task: str
    kind: str
    fields: dict[str, tuple[Any, Any]] = {}


class ModelTask(msgspec.Struct):
    """A task; its fields are those that the rules speak of."""

    id: str
    title: str
    priority: str
    status: str
    parent_id: str | None
    version: int = 1
    is_deleted: bool = False
    is_archived: bool = False

    def shown(self) -> dict[str, Any]:
        """What an answer says of it."""
        names = ("id", "title", "priority", "status", "parent_id", "version", "is_archived")
        return {name: getattr(self, name) for name in names} | {"is_completed": self.status in FINISHED}


class Model:
    """The tasks of one project."""

    def __init__(self) -> None:
        self.tasks: dict[str, ModelTask] = {}
        self.relations: set[tuple[str, str, str]] = set()
        """Who, how, and to whom; told from both ends."""
        self.history: dict[str, list[Past]] = {}

    def check_new(self, parent_id: str | None) -> None:
        """Whether a task can be made."""
        if parent_id is not None and self._is_away(parent_id):
            raise RefusedError(422, "invalid_input")

    def add(self, task: ModelTask) -> Past:
        """A new task."""
        self.tasks[task.id] = task
        return self._note(Past(task.id, "created"))

    def update(self, task_id: str, fields: dict[str, Any]) -> Past | None:
        """Change fields; None where nothing changes."""
        task = self._open(task_id)
        if fields.get("status") in FINISHED and task.status not in FINISHED and self._has_open_parts(task_id):
            raise RefusedError(409, "open_subtasks")
        changed = {name: (getattr(task, name), new) for name, new in fields.items() if getattr(task, name) != new}
        if not changed:
            return None
        if "parent_id" in changed and (parent_id := fields["parent_id"]) is not None:
            if self._is_away(parent_id):
                raise RefusedError(422, "invalid_input")
            if task_id in self._line(parent_id):
                raise RefusedError(409, "circular_tasks")
        for name, (_, new) in changed.items():
            setattr(task, name, new)
        task.version += 1
        return self._note(Past(task_id, "transitioned" if "status" in changed else "updated", changed))

    def delete(self, task_id: str) -> Past:
        """Into the trash."""
        task = self._live(task_id)
        task.is_deleted, task.version = True, task.version + 1
        return self._note(Past(task_id, "deleted"))

    def restore(self, task_id: str) -> Past:
        """And back."""
        task = self.tasks[task_id]
        if not task.is_deleted:
            raise RefusedError(409, "task_not_in_trash")
        task.is_deleted, task.version = False, task.version + 1
        return self._note(Past(task_id, "restored"))

    def set_archived(self, task_id: str, *, archived: bool) -> Past | None:
        """Put it aside, or take it up again; None where it is so already."""
        task = self._live(task_id)
        if task.is_archived is archived:
            return None
        task.is_archived, task.version = archived, task.version + 1
        return self._note(Past(task_id, "archived" if archived else "unarchived"))

    def relate(self, task_id: str, kind: str, target_id: str) -> None:
        """Say how two tasks hang together."""
        if task_id == target_id:
            raise RefusedError(422, "invalid_input")
        self._open(task_id)
        if self.tasks[target_id].is_deleted:
            raise RefusedError(422, "invalid_input")
        source, way, end = (task_id, kind, target_id) if kind in DIRECTED else (target_id, INVERSE[kind], task_id)
        if way in DIRECTED and source in self._reached(end, way):
            raise RefusedError(409, "circular_tasks")
        if (task_id, kind, target_id) in self.relations:
            raise RefusedError(409, "relation_exists")
        self.relations |= {(task_id, kind, target_id), (target_id, INVERSE[kind], task_id)}

    def unrelate(self, task_id: str, kind: str, target_id: str) -> None:
        """End that."""
        if self.tasks[task_id].is_deleted or self.tasks[target_id].is_deleted:
            raise RefusedError(404, "relation_not_found")
        self._open(task_id)
        self.relations -= {(task_id, kind, target_id), (target_id, INVERSE[kind], task_id)}

    def undo(self, past: Past | None) -> Past | None:
        """Undo one change, as a change of its own."""
        if past is None:
            raise RefusedError(404, "change_not_found")
        if past.kind == "deleted":
            return self.restore(past.task)
        if past.kind in {"archived", "unarchived"}:
            return self.set_archived(past.task, archived=past.kind == "unarchived")
        if past.kind in {"created", "restored"}:
            return self.delete(past.task)
        if any(getattr(self.tasks[past.task], name) != after for name, (_, after) in past.fields.items()):
            raise RefusedError(409, "change_moved_on")
        return self.update(past.task, {name: before for name, (before, _) in past.fields.items()})

    def related_to(self, task_id: str) -> set[tuple[str, str]]:
        """How a task hangs together with which others that are not in the trash."""
        return {(how, to) for who, how, to in self.relations if who == task_id and not self.tasks[to].is_deleted}

    def parts_of(self, task_id: str) -> set[str]:
        """The parts of a task that are neither in the trash nor archived."""
        return {task.id for task in self.tasks.values() if task.parent_id == task_id and not self._is_away(task.id)}

    def _live(self, task_id: str) -> ModelTask:
        if self.tasks[task_id].is_deleted:
            raise RefusedError(404, "task_not_found")
        return self.tasks[task_id]

    def _open(self, task_id: str) -> ModelTask:
        task = self._live(task_id)
        if task.is_archived:
            raise RefusedError(409, "task_archived")
        return task

    def _is_away(self, task_id: str) -> bool:
        return self.tasks[task_id].is_deleted or self.tasks[task_id].is_archived

    def _has_open_parts(self, task_id: str) -> bool:
        return any(self.tasks[part].status not in FINISHED for part in self.parts_of(task_id))

    def _line(self, task_id: str | None) -> Iterator[str]:
        while task_id is not None:
            yield task_id
            task_id = self.tasks[task_id].parent_id

    def _reached(self, start: str, kind: str) -> set[str]:
        found, left = {start}, [start]
        while left:
            here = left.pop()
            onward = {to for who, how, to in self.relations if (who, how) == (here, kind)} - found
            found |= onward
            left.extend(onward)
        return found

    def _note(self, past: Past) -> Past:
        self.history.setdefault(past.task, []).append(past)
        return past
