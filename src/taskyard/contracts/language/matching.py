"""The back end in memory: whether one task meets a bound condition, with the same answers as the statement gives."""

from datetime import date, datetime

from taskyard.contracts.language.fields import Value, get_field
from taskyard.contracts.language.own import in_order, value_in_order
from taskyard.contracts.language.tree import AllOf, AnyOf, Compare, Condition, Contains, Empty, Not, OneOf, Term, fold
from taskyard.contracts.task import TaskSnapshot

_SIGNS = {"=": {0}, "<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}}


def matches(condition: Condition, task: TaskSnapshot) -> bool:
    """Whether a task meets a condition that was bound."""
    match condition:
        case AllOf(parts):
            return all(matches(part, task) for part in parts)
        case AnyOf(parts):
            return any(matches(part, task) for part in parts)
        case Not(part):
            return not matches(part, task)
        case Term():
            raise TypeError("a written condition is bound before it is met")
        case _:
            return _meets(condition, get_field(condition.field).read(task))


def _meets(condition: OneOf | Compare | Contains | Empty, value: Value) -> bool:
    match condition:
        case OneOf(_, values):
            return any(_is_one_of(one, values) for one in (value if isinstance(value, list) else [value]))
        case Compare(_, operator, bound):
            return _sign(value, bound) in _SIGNS[operator]
        case Contains(_, text):
            return isinstance(value, str) and text in fold(value)
        case Empty():
            return value is None or value in ("", [])


def _is_one_of(value: Value, values: tuple[str, ...] | tuple[float, ...]) -> bool:
    """Python takes true for the number 1, which the values of fields are not."""
    return any(value == one and isinstance(value, bool) is isinstance(one, bool) for one in values)


def _sign(value: Value, bound: float | date | datetime) -> int | None:
    """Whether a value lies before, at or after another of its kind; None when there is none."""
    if isinstance(value, str) and isinstance(bound, date):
        text = value_in_order(value, bound)
        return None if text is None else (text > in_order(bound)) - (text < in_order(bound))
    if isinstance(value, datetime) and isinstance(bound, datetime):
        return (value > bound) - (value < bound)
    if isinstance(value, date) and isinstance(bound, date):
        return (value > bound) - (value < bound)
    if isinstance(value, float | int) and isinstance(bound, float | int) and not isinstance(value, bool):
        return (value > bound) - (value < bound)
    return None
