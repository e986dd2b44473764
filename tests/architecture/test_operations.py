"""The documentation says of every operation which scope it asks for."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler

from taskyard.contracts.operations import SCOPES_OF_OPERATION
from taskyard.gateway.tags import CHAPTERS
from tests.architecture.rules import scopes
from tests.architecture.test_recipes import HANDLERS
from tests.security.world import OPEN

ROOT = Path(__file__).resolve().parents[2]


def operations_of(service: str) -> set[str]:
    """What a service answers to those who are known, in the form of the OpenAPI document."""
    return {operation for operation, _ in handlers_of(service)}


def handlers_of(service: str) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """The same with who answers."""
    for handler in HANDLERS[service]:
        if not isinstance(handler, HTTPRouteHandler) or not handler.include_in_schema:
            continue
        paths = {re.sub(r":\w+}", "}", path) for path in handler.paths} - OPEN
        for path in paths:
            yield from ((f"{method} {path}", handler) for method in handler.http_methods - {"OPTIONS"})


@pytest.mark.parametrize("service", HANDLERS)
def test_every_operation_has_its_scope(service: str) -> None:
    missing = operations_of(service) - SCOPES_OF_OPERATION.keys()
    assert not missing, f"give these their scope in src/taskyard/contracts/operations.py: {sorted(missing)}"


def test_the_scope_is_the_one_that_the_handler_asks_for() -> None:
    named, wrong, compared = scopes.scopes_of_handlers(ROOT), [], 0
    for operation, handler in chain(*map(handlers_of, HANDLERS)):
        asked = named[handler.fn.__module__, handler.fn.__name__]
        compared += bool(asked)
        if asked - set(SCOPES_OF_OPERATION.get(operation, ())):
            wrong.append(f"{operation} asks for {', '.join(sorted(asked))}")
    assert not wrong, "correct these in src/taskyard/contracts/operations.py:\n" + "\n".join(wrong)
    assert compared > 100


def test_every_scope_is_of_an_operation_that_exists() -> None:
    gone = SCOPES_OF_OPERATION.keys() - set().union(*map(operations_of, HANDLERS))
    assert not gone, f"these are no operations: take them out of src/taskyard/contracts/operations.py: {sorted(gone)}"


def test_every_operation_is_in_a_chapter_that_the_documentation_describes() -> None:
    shown = [
        handler
        for handler in chain.from_iterable(HANDLERS.values())
        if isinstance(handler, HTTPRouteHandler) and handler.include_in_schema
    ]
    used = {tag for handler in shown for tag in handler.tags or ["(none)"]}
    assert used <= CHAPTERS.keys(), "describe these in src/taskyard/gateway/tags.py"
    assert CHAPTERS.keys() <= used, "no operation has these: take them out of src/taskyard/gateway/tags.py"
