"""The tree of a query: what was written, and the plain conditions it is broken down to."""

from datetime import date, datetime
from typing import Literal, TypeAlias

import msgspec

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "~", "in", "not in", "is empty", "is not empty"]
Step: TypeAlias = tuple[int, str]
"""How many, and of what: ``h`` hours, ``d`` days, ``w`` weeks, ``m`` months, ``y`` years."""


class Word(msgspec.Struct, frozen=True, tag=True):
    """A value as it was written, in quotes or not, and at which character."""

    text: str
    at: int
    is_quoted: bool = False


class Moment(msgspec.Struct, frozen=True, tag=True):
    """A day or an instant, as it was written: where it starts, and how far it is moved from there."""

    start: Literal["now", "today", "startOf", "endOf"] | date | datetime
    at: int
    unit: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def is_relative(self) -> bool:
        """Whether it depends on when it is asked."""
        return isinstance(self.start, str)


class Term(msgspec.Struct, frozen=True, tag=True):
    """One field compared with what was written."""

    field: str
    operator: Operator
    values: tuple[Word | Moment, ...]
    at: int


class AllOf(msgspec.Struct, frozen=True, tag=True):
    """Every part holds; without parts, always."""

    parts: "tuple[Condition, ...]"


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """At least one part holds; without parts, never."""

    parts: "tuple[Condition, ...]"


class Not(msgspec.Struct, frozen=True, tag=True):
    """The part does not hold, also because a value is missing."""

    part: "Condition"


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """The field is one of these values; of a field with many, at least one is."""

    field: str
    values: tuple[str, ...] | tuple[float, ...]


class Compare(msgspec.Struct, frozen=True, tag=True):
    """The field has a value, and that is so."""

    field: str
    operator: Literal["=", "<", "<=", ">", ">="]
    value: float | date | datetime


class Contains(msgspec.Struct, frozen=True, tag=True):
    """The text of the field contains this, whatever the case; ``text`` is folded already."""

    field: str
    text: str


class Empty(msgspec.Struct, frozen=True, tag=True):
    """The field has no value."""

    field: str


Condition: TypeAlias = AllOf | AnyOf | Not | Term | OneOf | Compare | Contains | Empty
"""As it was written, its leaves are terms. Bound, they are the plain rest, which needs no clock, no time zone and no
person any more, and of which each holds or does not: nothing is ever unknown."""


class SortKey(msgspec.Struct, frozen=True):
    """One field to order by. What has no value comes last, whichever the direction."""

    field: str
    is_descending: bool = False


class Query(msgspec.Struct, frozen=True):
    """A text that was read: its condition, and its order if it names one."""

    condition: Condition
    order: tuple[SortKey, ...] = ()


def fold(text: str) -> str:
    """A text as ``~`` compares it: character by character in lower case, as the database's own ``lower`` does."""
    return "".join(character.lower()[0] for character in text)
