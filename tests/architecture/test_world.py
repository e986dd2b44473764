"""The attacks on all routes know every route: what it asks of its caller, and an example for each name in its path."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from tests.architecture.test_recipes import HANDLERS
from tests.security.needs import NEEDS
from tests.security.world import OPEN

WORLD = Path(__file__).parents[1] / "security" / "world.py"


def test_every_name_in_a_path_has_an_example() -> None:
    paths = {path for handler in _documented() for path in handler.paths}
    world = WORLD.read_text(encoding="utf-8").partition("def make_world")[2]
    missing = [
        f"{path}: make a {name} in make_world of tests/security/world.py"
        for path in sorted(paths)
        for name in re.findall(r"{(\w+)", path)
        if f'"{name}": ' not in world
    ]
    assert missing == []


def test_what_every_route_asks_of_its_caller_is_known() -> None:
    there = {
        f"{method} {re.sub(r':[a-z]+}', '}', path)}"
        for handler in _documented()
        for path in handler.paths
        for method in handler.http_methods
        if re.sub(r":[a-z]+}", "}", path) not in OPEN
    }
    unknown = list_unknown(there, NEEDS)
    assert not unknown, "\n" + "\n".join(unknown)


def test_a_route_of_which_that_is_not_known_is_reported() -> None:
    there = {"POST /api/v1/things", "GET /api/v1/things"}
    assert list_unknown(there, ["GET /api/v1/things", "GET /api/v1/gone"]) == [
        "GET /api/v1/gone is no route: take it out of tests/security/needs.py",
        "POST /api/v1/things: say in tests/security/needs.py what it asks of its caller",
    ]


def list_unknown(there: AbstractSet[str], known: Iterable[str]) -> list[str]:
    """What is missing in the table of needs, or in it for nothing."""
    missing = [f"{one}: say in tests/security/needs.py what it asks of its caller" for one in there - {*known}]
    return sorted(missing + [f"{one} is no route: take it out of tests/security/needs.py" for one in {*known} - there])


def _documented() -> list[HTTPRouteHandler]:
    handlers = [one for found in HANDLERS.values() for one in found if isinstance(one, HTTPRouteHandler)]
    return [handler for handler in handlers if handler.include_in_schema is not False]
