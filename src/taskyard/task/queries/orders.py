"""Orders of a list by one or several fields, and what follows a row in them.

What has no value comes last in either direction. The id decides between equals, in the direction of the last field.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

import msgspec

from taskyard.contracts.language.fields import FIELDS
from taskyard.contracts.language.tree import SortKey
from taskyard.contracts.task import TaskSnapshot
from taskyard.task.queries.conditions import Values

Place: TypeAlias = tuple[str | float | date | datetime | None, ...]
"""The sort values of the last row of the page before, and its id."""


class _Column(msgspec.Struct, frozen=True):
    """How a field is ordered by, and the type of its value, in SQL and in Python."""

    expression: str
    kind: str
    read_as: type[str | int | float | date | datetime]
    written: str = "{}"
    """What is done to a value before it is compared with the expression."""


_COLUMNS = {
    "status": _Column("t.status", "text", str),
    "priority": _Column("t.priority", "smallint", int),
    "due": _Column("coalesce(t.due_on::timestamp, t.due_at AT TIME ZONE 'UTC')", "timestamp", datetime),
    "due_on": _Column("t.due_on", "date", date),
    "due_at": _Column("t.due_at", "timestamptz", datetime),
    "start_on": _Column("t.start_on", "date", date),
    "created_at": _Column("t.created_at", "timestamptz", datetime),
    "updated_at": _Column("t.updated_at", "timestamptz", datetime),
    "completed_at": _Column("t.completed_at", "timestamptz", datetime),
    "estimate": _Column("t.estimate::float8", "float8", float),
    "number": _Column("t.number", "integer", int),
    "rank": _Column("t.rank", "text", str),
    "title": _Column('lower(t.title) COLLATE "C"', "text", str, "lower({})"),
}


def place_of(task: TaskSnapshot, order: Sequence[SortKey], rank: str) -> list[object]:
    """Where a task stands in an order, for a cursor after it. Its rank is nothing that clients see."""
    return [*(rank if key.field == "rank" else FIELDS[key.field].read(task) for key in order), task.id]


def place_from(values: list[object], order: Sequence[SortKey]) -> Place:
    """The place that a cursor remembers."""
    kinds = [_COLUMNS[key.field].read_as | None for key in order]
    read = [msgspec.convert(value, kind) for value, kind in zip(values, [*kinds, str], strict=True)]
    return tuple(read)


def order_columns(order: Sequence[SortKey]) -> str:
    """The sort values of a row ``t``, for a page that is merged from several."""
    return "".join(f", {_COLUMNS[key.field].expression} AS k{n}" for n, key in enumerate(order))


def order_by(order: Sequence[SortKey], row: str, *, merged: bool = False) -> str:
    """The ORDER BY of the rows themselves, or of their merged places."""
    terms = [
        (f"{row}.k{n}" if merged else _COLUMNS[key.field].expression) + _direction(key) for n, key in enumerate(order)
    ]
    return ", ".join([*terms, f"{row}.id" + (" DESC" if order[-1].is_descending else "")])


def order_of_present(order: Sequence[SortKey]) -> str:
    """The ORDER BY of rows that have a value in the first field, so that an index of these is in it either way."""
    first = _COLUMNS[order[0].field].expression + (" DESC" if order[0].is_descending else "")
    return ", ".join([first, order_of_missing(order)])


def order_of_missing(order: Sequence[SortKey]) -> str:
    """The ORDER BY of rows that have none, by the rest."""
    terms = [_COLUMNS[key.field].expression + _direction(key) for key in order[1:]]
    return ", ".join([*terms, "t.id" + (" DESC" if order[-1].is_descending else "")])


def expression_of(key: SortKey) -> str:
    """The value of a row ``t`` in a field of the order."""
    return _COLUMNS[key.field].expression


def beyond_value(order: Sequence[SortKey], place: Place, values: Values) -> str:
    """What a row ``t`` with a value in the first field has to be to follow a place with one."""
    directions = {key.is_descending for key in order}
    if len(directions) == 1 and not any(FIELDS[key.field].can_be_empty for key in order[1:]):
        return _beyond_row(order, place, values)
    column, key = _COLUMNS[order[0].field], order[0]
    value = column.written.format(values.bind(place[0], column.kind))
    # said twice, for an index begins where it is told to
    return f"{column.expression} {'<' if key.is_descending else '>'}= {value} AND {_beyond(order, place, values, 0)}"


def beyond(order: Sequence[SortKey], place: Place, values: Values) -> str:
    """What a row ``t`` has to be to follow a place. Alike and never missing, all fields are compared as one row."""
    directions = {key.is_descending for key in order}
    if len(directions) == 1 and not any(FIELDS[key.field].can_be_empty for key in order):
        return _beyond_row(order, place, values)
    return _beyond(order, place, values, 0)


def _beyond_row(order: Sequence[SortKey], place: Place, values: Values) -> str:
    left = ", ".join([*(_COLUMNS[key.field].expression for key in order), "t.id"])
    right = ", ".join(_bound(order, place, values))
    return f"({left}) {'<' if order[-1].is_descending else '>'} ({right})"


def _beyond(order: Sequence[SortKey], place: Place, values: Values, n: int) -> str:
    """One field after the other: past its value, or equal to it and past the rest."""
    if n == len(order):
        return f"t.id {'<' if order[-1].is_descending else '>'} {values.bind(place[n], 'uuid')}"
    column, key = _COLUMNS[order[n].field], order[n]
    if place[n] is None:
        return f"({column.expression} IS NULL AND {_beyond(order, place, values, n + 1)})"
    value = column.written.format(values.bind(place[n], column.kind))
    missing = f" OR {column.expression} IS NULL" if FIELDS[key.field].can_be_empty else ""
    past = f"{column.expression} {'<' if key.is_descending else '>'} {value}{missing}"
    return f"({past} OR ({column.expression} = {value} AND {_beyond(order, place, values, n + 1)}))"


def _bound(order: Sequence[SortKey], place: Place, values: Values) -> list[str]:
    columns = [_COLUMNS[key.field] for key in order]
    bound = [c.written.format(values.bind(value, c.kind)) for c, value in zip(columns, place[:-1], strict=True)]
    return [*bound, values.bind(place[-1], "uuid")]


def _direction(key: SortKey) -> str:
    missing = " NULLS LAST" if FIELDS[key.field].can_be_empty else ""
    return (" DESC" if key.is_descending else "") + missing
