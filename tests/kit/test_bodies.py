"""JSON bodies: decoded once, strictly, and refused with the place of the fault."""

from datetime import date
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from taskyard.kit.bodies import decode_body
from taskyard.kit.problems import InvalidInput, MalformedRequest


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """Something within."""

    count: int


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    """What a handler takes."""

    name: str
    on: date | None = None
    is_done: bool = False
    parts: list[Part] = []
    counts: dict[Annotated[str, Meta(pattern="^[a-z]+$")], int] = {}


def test_body_becomes_what_is_wanted() -> None:
    body = b'{"name": "x", "on": "2027-02-10", "parts": [{"count": 2}]}'
    assert decode_body(body, Whole) == Whole("x", date(2027, 2, 10), parts=[Part(2)])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"name": 3}', "/name"),
        ('{"name": "x", "is_done": "true"}', "/is_done"),
        ('{"name": "x", "is_done": 1}', "/is_done"),
        ('{"name": "x", "on": 0}', "/on"),
        ('{"name": "x", "parts": [{"count": 1}, {"count": "2"}]}', "/parts/1/count"),
        ('{"name": "x", "parts": [{}]}', "/parts/0/count"),
        ('{"name": "x", "parts": [{"count": 1, "more": 1}]}', "/parts/0/more"),
        ('{"name": "x", "counts": {"A": 1}}', "/counts"),
        ("{}", "/name"),
        ("[]", ""),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(body: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        decode_body(body.encode(), Whole)
    [error] = refusal.value.errors
    assert error.pointer == pointer


@pytest.mark.parametrize("body", [b"", b"{", b"nothing", b'{"name": "\xff"}', b'{"name": "x"} more', b'{"name": 3'])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        decode_body(body, Whole)


def test_what_is_nested_too_deeply_is_not_looked_into() -> None:
    with pytest.raises(RecursionError):
        decode_body(b"[" * 100_000 + b"]" * 100_000, Whole)
