"""What the fields of a project's own may hold: its definitions, and the rules of their values."""

import math
import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from taskyard.kit.ids import is_id
from taskyard.kit.problems import InvalidInput, invalid
from taskyard.kit.text import clean_line, clean_text

FieldKind: TypeAlias = Literal["text", "number", "bool", "date", "instant", "select", "multi_select", "person", "url"]
FieldKey = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,59}(?!\n)$", description="What a task holds the value under; it never changes."),
]
FieldValue: TypeAlias = str | int | float | bool | list[str]
MOST_FIELDS = 100
_LONGEST_TEXT, _LONGEST_URL, _GREATEST_NUMBER = 10_000, 2_000, 1e15
_URL = re.compile(r"https?://[^\s/?#]+\S*")


class FieldDefinition(msgspec.Struct, frozen=True):
    """A field as the task service reads it from ``project.fields_v1``."""

    key: str
    kind: FieldKind
    is_required: bool
    options: list[str]
    default: FieldValue | None


def checked_value(pointer: str, field: FieldDefinition, value: FieldValue) -> FieldValue:
    """A value in the form in which it is stored. Raises InvalidInput for one the field does not take."""
    if field.kind == "multi_select":
        return _choices(pointer, field.options, value)
    if field.kind == "number":
        return _number(pointer, value)
    if field.kind == "bool":
        if not isinstance(value, bool):
            raise _wrong(pointer, "true or false")
        return value
    if not isinstance(value, str):
        raise _wrong(pointer, "text")
    return _text(pointer, field, value)


def _text(pointer: str, field: FieldDefinition, value: str) -> str:
    if field.kind == "text":
        if len(value) > _LONGEST_TEXT:
            raise _wrong(pointer, f"at most {_LONGEST_TEXT} characters")
        return clean_text(pointer, value)
    if field.kind == "select":
        if value not in field.options:
            raise _wrong(pointer, "one of its options")
    elif field.kind == "person":
        if not is_id(value):
            raise _wrong(pointer, "the id of a person")
    elif field.kind == "url":
        if len(value) > _LONGEST_URL or not _URL.fullmatch(clean_line(pointer, value)):
            raise _wrong(pointer, "an address that begins with http:// or https://")
    elif field.kind == "date":
        return _date(pointer, value)
    else:
        return _instant(pointer, value)
    return value


def _choices(pointer: str, options: list[str], value: FieldValue) -> list[str]:
    if not isinstance(value, list) or any(one not in options for one in value):
        raise _wrong(pointer, "a list of its options")
    return list(dict.fromkeys(value))


def _number(pointer: str, value: FieldValue) -> FieldValue:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(pointer, "a number")
    if not math.isfinite(value) or abs(value) > _GREATEST_NUMBER:
        raise _wrong(pointer, f"a number between -{_GREATEST_NUMBER:.0e} and {_GREATEST_NUMBER:.0e}")
    return value


def _date(pointer: str, value: str) -> str:
    try:
        return msgspec.convert(value, date).isoformat()
    except msgspec.ValidationError:
        raise _wrong(pointer, "a date such as 2027-02-10") from None


def _instant(pointer: str, value: str) -> str:
    try:
        at = msgspec.convert(value, Annotated[datetime, Meta(tz=True)]).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise _wrong(pointer, "an instant of RFC 3339, with a time zone") from None
    return str(msgspec.to_builtins(at))


def _wrong(pointer: str, wanted: str) -> InvalidInput:
    return invalid(pointer, f"This field takes {wanted}.")
