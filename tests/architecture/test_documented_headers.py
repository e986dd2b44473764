"""The document names the headers that an operation takes and gives, as its handler calls for them."""

from itertools import chain
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler

from taskyard.kit.documented_headers import describe_headers
from tests.architecture.test_recipes import HANDLERS

SHOWN = [
    handler
    for handler in chain.from_iterable(HANDLERS.values())
    if isinstance(handler, HTTPRouteHandler) and handler.include_in_schema
]


def _described(handler: HTTPRouteHandler) -> dict[str, Any]:
    operation: dict[str, Any] = {"responses": {"201": {}}}
    describe_headers(handler, operation)
    return operation


def _of(method: str, path: str) -> tuple[set[str], set[str], set[str]]:
    """What an operation takes and gives in headers, and the statuses it has."""
    [handler] = [one for one in SHOWN if method in one.http_methods and f"/api/v1{path}" in one.paths]
    found = _described(handler)
    given = found["responses"]["201"].get("headers", {})
    return {one["name"] for one in found.get("parameters", [])}, set(given), set(found["responses"])


@pytest.mark.parametrize(
    ("method", "path", "taken", "given"),
    [
        ("POST", "/tasks", {"Idempotency-Key"}, {"ETag", "Location"}),
        ("PATCH", "/tasks/{ref:str}", {"Idempotency-Key", "If-Match"}, {"ETag"}),
        ("DELETE", "/tasks/{ref:str}", {"Idempotency-Key", "If-Match"}, set()),
        ("GET", "/tasks/{ref:str}", {"If-None-Match"}, {"ETag"}),
        ("GET", "/tasks", set(), set()),
        ("POST", "/auth/login", set(), set()),
    ],
)
def test_headers_are_those_that_a_handler_calls_for(method: str, path: str, taken: set[str], given: set[str]) -> None:
    found = _of(method, path)
    assert found == (taken, given, {"201", "304"} if "If-None-Match" in taken else {"201"})


def test_what_routes_call_of_each_other_counts() -> None:
    """Most changes of parts of a task go through one function of its routes."""
    changes = [one for one in SHOWN if "PATCH" in one.http_methods]
    silent = [one.paths for one in changes if "parameters" not in _described(one)]
    assert changes
    assert silent == []
