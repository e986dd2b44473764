"""What a query can ask about: the fields of a task, and which operators mean something for each kind of them."""

from collections.abc import Callable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Literal, TypeAlias, get_args

import msgspec

from taskyard.contracts.language.own import find_key
from taskyard.contracts.language.tree import Operator
from taskyard.contracts.task import Priority, TaskSnapshot

Kind: TypeAlias = Literal[
    "word",
    "flag",
    "priority",
    "person",
    "people",
    "labels",
    "text",
    "texts",
    "id",
    "number",
    "day",
    "instant",
    "due",
    "own",
    "place",
]
Value: TypeAlias = str | float | date | datetime | list[str] | None

PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""A priority is compared, and stored, as its place in this order."""

_EQUAL: frozenset[Operator] = frozenset({"=", "!=", "in", "not in"})
_ORDERED: frozenset[Operator] = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "not in"})
EMPTINESS: frozenset[Operator] = frozenset({"is empty", "is not empty"})
OPERATORS: dict[Kind, frozenset[Operator]] = {
    "word": _EQUAL,
    "flag": _EQUAL,
    "priority": _ORDERED,
    "person": _EQUAL,
    "people": _EQUAL,
    "labels": _EQUAL,
    "text": _EQUAL | {"~"},
    "id": _EQUAL,
    "texts": frozenset({"~"}),
    "number": _ORDERED,
    "day": _ORDERED,
    "instant": _ORDERED,
    "due": _ORDERED,
    "own": _ORDERED | {"~"},
    "place": frozenset(),
}


class Field(msgspec.Struct, frozen=True):
    """A field by the name people write, and how it is read off a task in memory."""

    name: str
    kind: Kind
    read: Callable[[TaskSnapshot], Value]
    can_be_empty: bool = False
    is_sortable: bool = True

    @property
    def operators(self) -> frozenset[Operator]:
        """What can be asked about it."""
        return OPERATORS[self.kind] | (EMPTINESS if self.can_be_empty else frozenset())


def due_in_order(task: TaskSnapshot) -> datetime | None:
    """By what a task is ordered among the due: a day counts as its beginning in UTC, so that it has one place."""
    if task.due_on is not None:
        return datetime.combine(task.due_on, datetime.min.time())
    return None if task.due_at is None else task.due_at.replace(tzinfo=None)


def project_names(task: TaskSnapshot) -> list[str]:
    """What a task's project is called: its key, with which the task's own begins, and its id."""
    return [task.key.rpartition("-")[0], task.project_id]


_FIELDS = (
    Field("status", "word", lambda task: task.status),
    Field("priority", "priority", lambda task: PRIORITIES.index(task.priority)),
    Field("assignee", "people", lambda task: task.assignee_ids, can_be_empty=True, is_sortable=False),
    Field("label", "labels", lambda task: task.label_ids, can_be_empty=True, is_sortable=False),
    Field("creator", "person", lambda task: task.created_by, is_sortable=False),
    Field("project", "word", project_names, is_sortable=False),
    Field("parent", "id", lambda task: task.parent_id, can_be_empty=True, is_sortable=False),
    Field("milestone", "id", lambda task: task.milestone_id, can_be_empty=True, is_sortable=False),
    Field("iteration", "id", lambda task: task.iteration_id, can_be_empty=True, is_sortable=False),
    Field("due", "due", due_in_order, can_be_empty=True),
    Field("due_on", "day", lambda task: task.due_on, can_be_empty=True),
    Field("due_at", "instant", lambda task: task.due_at, can_be_empty=True),
    Field("start_on", "day", lambda task: task.start_on, can_be_empty=True),
    Field("created_at", "instant", lambda task: task.created_at),
    Field("updated_at", "instant", lambda task: task.updated_at),
    Field("completed_at", "instant", lambda task: task.completed_at, can_be_empty=True),
    Field("estimate", "number", lambda task: task.estimate, can_be_empty=True),
    Field("number", "number", lambda task: task.number),
    Field("title", "text", lambda task: task.title),
    Field("description", "text", lambda task: task.description, can_be_empty=True, is_sortable=False),
    Field("text", "texts", lambda task: f"{task.title}\n{task.description}", is_sortable=False),
    Field("key", "word", lambda task: task.key, is_sortable=False),
    Field("rank", "place", lambda _: None),
    Field("archived", "flag", lambda task: "false" if task.archived_at is None else "true", is_sortable=False),
)
FIELDS: dict[str, Field] = {field.name: field for field in _FIELDS}


def find_field(name: str) -> Field | None:
    """A field by its name, in lower case; ``cf.size`` is the field ``size`` of a project's own."""
    key = find_key(name)
    if key is None:
        return FIELDS.get(name)
    return Field(name, "own", lambda task: task.custom.get(key), can_be_empty=True, is_sortable=False)


def get_field(name: str) -> Field:
    """The field that a term which was read is about."""
    field = find_field(name)
    if field is None:
        raise LookupError(f"no query can ask about {name}")
    return field


def suggestion(name: str, known: list[str]) -> str:
    """A question that helps who mistyped, or nothing."""
    close = get_close_matches(name.lower(), known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
