"""Which headers an operation takes and gives, for the OpenAPI document: told from what its handler calls.

``write`` takes the Idempotency-Key, ``expected_version`` If-Match, and ``read`` If-None-Match wherever they are called,
so nobody needs to say it of each operation.
"""

from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any, get_args

from taskyard.kit.etags import expected_version
from taskyard.kit.write import read, write

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A name of your own for this request: sent once more, it gets the same answer and is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of the version to change. Where there is another by now: 412 `precondition_failed`.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$'},
}
IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of the version that is known already, to be told by 304 that it is the present one.",
    "schema": {"type": "string"},
}
ETAG: dict[str, Any] = {"description": "The version of what is in the answer.", "schema": {"type": "string"}}
LOCATION: dict[str, Any] = {"description": "Where what was made is.", "schema": {"type": "string"}}
UNCHANGED: dict[str, Any] = {"description": "The client has the present version.", "headers": {"ETag": ETAG}}
_TAKEN = ((write, IDEMPOTENCY_KEY), (expected_version, IF_MATCH), (read, IF_NONE_MATCH))


def describe_headers(handler: Any, operation: dict[str, Any]) -> None:
    """Add to an operation of the document what its handler takes from headers and says in them."""
    code = list(_code_of(handler.fn))
    called = set().union(*(_called(function) for function in code))
    keywords = {name for function in code for name in _keywords(function.__code__)}
    taken = [header for by, header in _TAKEN if by in called]
    if taken:
        operation["parameters"] = [*operation.get("parameters", []), *taken]
    given: dict[str, Any] = {}
    if read in called or (write in called and _has_version(handler)):
        given["ETag"] = ETAG
    if write in called and "location" in keywords:
        given["Location"] = LOCATION
    for status, answer in operation["responses"].items():
        if given and status in {"200", "201", "202"}:
            answer["headers"] = {**answer.get("headers", {}), **given}
    if read in called:
        operation["responses"]["304"] = UNCHANGED


def _code_of(function: Any) -> Iterator[FunctionType]:
    """A handler, and what it calls among the functions of routes."""
    found, open_ones = set[FunctionType](), [function]
    while open_ones:
        one = open_ones.pop()
        if one not in found:
            found.add(one)
            yield one
            open_ones += [other for other in _called(one) if ".routes." in other.__module__]


def _called(function: FunctionType) -> set[FunctionType]:
    """The functions that a function names, also in those within it."""
    named = (function.__globals__.get(name) for name in _names(function.__code__))
    return {one for one in named if isinstance(one, FunctionType)}


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _keywords(code: CodeType) -> Iterator[str]:
    """The names of arguments that are handed over by name."""
    for constant in code.co_consts:
        if isinstance(constant, tuple):
            yield from (name for name in constant if isinstance(name, str))


def _has_version(handler: Any) -> bool:
    answered = handler.parsed_fn_signature.return_type.annotation
    return any("version" in getattr(kind, "__struct_fields__", ()) for kind in (answered, *get_args(answered)))
