"""Every write of a service has a recipe by which the journeys try whether it announces what it does."""

import re
from collections.abc import Mapping, Sequence

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from taskyard.auth.routes import HANDLERS as AUTH
from taskyard.notification.routes import HANDLERS as NOTIFICATION
from taskyard.project.routes import HANDLERS as PROJECT
from taskyard.task.routes import HANDLERS as TASK
from tests.journeys.recipes.book import OF_SERVICE, RECIPES, SILENT, list_gaps, writes_of

HANDLERS: Mapping[str, Sequence[ControllerRouterHandler]] = {
    "auth": AUTH,
    "project": PROJECT,
    "task": TASK,
    "notification": NOTIFICATION,
}


@pytest.mark.parametrize("service", HANDLERS)
def test_every_write_has_a_recipe(service: str) -> None:
    gaps = list_gaps(writes_of_handlers(service), OF_SERVICE[service], f"{service}.py")
    assert not gaps, "\n" + "\n".join(gaps)


def writes_of_handlers(service: str) -> list[str]:
    """The writes that a service has a route for, in the form of the OpenAPI document."""
    handlers = [handler for handler in HANDLERS[service] if isinstance(handler, HTTPRouteHandler)]
    paths: dict[str, dict[str, object]] = {}
    for handler in handlers:
        for path in handler.paths:
            plain = re.sub(r":\w+}", "}", path)
            paths.setdefault(plain, {}).update({method.lower(): {} for method in handler.http_methods})
    return writes_of({"paths": paths})


def test_silence_has_a_recipe_and_a_reason() -> None:
    assert all(operation in RECIPES and reason for operation, reason in SILENT.items())


def test_a_route_without_a_recipe_is_reported() -> None:
    document: dict[str, dict[str, dict[str, object]]] = {
        "paths": {"/api/v1/things": {"get": {}, "post": {}}, "/api/v1/things/{id}": {"delete": {}}}
    }
    gaps = list_gaps(writes_of(document), ["DELETE /api/v1/things/{id}", "PUT /api/v1/gone"], "task.py")
    assert gaps == [
        "POST /api/v1/things has no recipe: add one to tests/journeys/recipes/task.py",
        "PUT /api/v1/gone is no route: take it out of tests/journeys/recipes/task.py",
    ]
