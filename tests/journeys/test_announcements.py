"""Nothing changes in silence: the success of every write of the API announces an event.

The routes are those of the OpenAPI document, the requests those of `recipes/`.
"""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import asyncpg
import pytest

from tests.journeys.people import Someone
from tests.journeys.recipes.book import RECIPES, SILENT, list_gaps, writes_of
from tests.journeys.recipes.scene import Request, Scene
from tests.journeys.recipes.stage import set_scene
from tests.journeys.scanner import owner_url
from tests.journeys.stack import Stack

NewPerson = Callable[..., Someone]


@pytest.fixture
def scene(own_stack: Stack, someone: NewPerson) -> Scene:
    """A workspace to write in."""
    return set_scene(own_stack, someone, Scene)


def test_every_write_has_a_recipe(own_stack: Stack) -> None:
    with own_stack.client() as client:
        document = client.get("/api/v1/openapi.json").json()
    gaps = list_gaps(writes_of(document), RECIPES, "<service>.py")
    assert not gaps, "\n".join(gaps)


@pytest.mark.parametrize("operation", RECIPES)
def test_a_write_announces_what_it_did(own_stack: Stack, scene: Scene, operation: str) -> None:
    types = types_announced(own_stack, scene, operation, RECIPES[operation](scene))
    assert (types == []) is (operation in SILENT), f"{operation} announced {types}"


def test_a_write_that_announces_nothing_is_noticed(own_stack: Stack, scene: Scene) -> None:
    name = scene.ann.get("/me")["name"]
    assert types_announced(own_stack, scene, "PATCH /api/v1/me", Request(body={"name": name})) == []


def types_announced(stack: Stack, scene: Scene, operation: str, request: Request) -> list[str]:
    """What is in the change log of a request that succeeds."""
    request_id = uuid4().hex
    answer = scene.send(operation, request, {"X-Request-ID": request_id})
    assert answer.is_success, f"{operation}: {answer.status_code} {answer.text}"
    return asyncio.run(_types_of(owner_url(stack.home), request_id))


async def _types_of(url: str, request_id: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT type FROM log.events WHERE request_id = $1 ORDER BY id", request_id)
    finally:
        await connection.close()
    return [row[0] for row in rows]
