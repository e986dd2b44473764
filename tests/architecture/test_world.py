"""Every name in the path of a route has an example in the world that the attacks on all routes need."""

import re
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from tests.architecture.test_recipes import HANDLERS

WORLD = Path(__file__).parents[1] / "security" / "world.py"


def test_every_name_in_a_path_has_an_example() -> None:
    handlers = [one for found in HANDLERS.values() for one in found if isinstance(one, HTTPRouteHandler)]
    paths = {path for handler in handlers if handler.include_in_schema is not False for path in handler.paths}
    world = WORLD.read_text(encoding="utf-8")
    missing = [
        f"{path}: make a {name} in make_world of tests/security/world.py"
        for path in sorted(paths)
        for name in re.findall(r"{(\w+)", path)
        if f'"{name}": ' not in world
    ]
    assert missing == []
