"""The documentation says of every operation which scope it asks for."""

import re

import pytest
from litestar.handlers import HTTPRouteHandler

from taskyard.contracts.operations import SCOPES_OF_OPERATION
from tests.architecture.test_recipes import HANDLERS
from tests.security.world import OPEN


def operations_of(service: str) -> set[str]:
    """What a service answers to those who are known, in the form of the OpenAPI document."""
    found = set()
    for handler in HANDLERS[service]:
        if not isinstance(handler, HTTPRouteHandler) or not handler.include_in_schema:
            continue
        paths = {re.sub(r":\w+}", "}", path) for path in handler.paths} - OPEN
        found |= {f"{method} {path}" for path in paths for method in handler.http_methods - {"OPTIONS"}}
    return found


@pytest.mark.parametrize("service", HANDLERS)
def test_every_operation_has_its_scope(service: str) -> None:
    missing = operations_of(service) - SCOPES_OF_OPERATION.keys()
    assert not missing, f"give these their scope in src/taskyard/contracts/operations.py: {sorted(missing)}"


def test_every_scope_is_of_an_operation_that_exists() -> None:
    gone = SCOPES_OF_OPERATION.keys() - set().union(*map(operations_of, HANDLERS))
    assert not gone, f"these are no operations: take them out of src/taskyard/contracts/operations.py: {sorted(gone)}"
