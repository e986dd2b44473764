"""Milestones, through the door."""

from typing import Any

import pytest

from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


@pytest.fixture
async def path(world: World) -> str:
    return f"/projects/{(await world.project())['id']}/milestones"


async def test_milestone_is_made_changed_and_given_up(
    api: Api, status: Status, world: World, path: str, event_types: EventTypes
) -> None:
    body = {"name": " Beta ", "description": "a\r\nb", "due_on": "2027-02-10"}
    response = await api.send(world.admin, "POST", path, body, Idempotency_Key="m")
    made = response.json()
    assert (response.status_code, made["name"], made["description"], made["is_closed"]) == (201, "Beta", "a\nb", False)
    assert (await api.send(world.admin, "POST", path, body, Idempotency_Key="m")).json() == made
    one = f"{path}/{made['id']}"
    assert (await api.send(world.viewer, "GET", one)).json() == made
    closed = await api.send(world.admin, "PATCH", one, {"is_closed": True, "due_on": None}, If_Match='"1"')
    assert (closed.json()["is_closed"], closed.json()["due_on"], closed.headers["etag"]) == (True, None, '"2"')
    assert (await api.send(world.viewer, "GET", path)).json()["items"] == [closed.json()]
    assert await status(world.admin, "POST", path, {"name": "bETA"}) == 409
    assert await status(world.admin, "DELETE", one, If_Match='"1"') == 412
    assert await status(world.admin, "DELETE", one) == 204
    assert await status(world.viewer, "GET", one) == 404
    ends = ["milestone.created.v1", "milestone.updated.v1", "milestone.deleted.v1"]
    assert (await event_types(world.workspace_id))[-3:] == ends


@pytest.mark.parametrize("wrong", [{"name": " "}, {"due_on": "2027-02-30"}, {"description": "\x00"}, {"colour": "red"}])
async def test_malformed_milestone_is_refused(
    api: Api, status: Status, world: World, path: str, wrong: dict[str, Any]
) -> None:
    made = await api.made(world.admin, path, {"name": "Beta"})
    assert await status(world.admin, "POST", path, {"name": "Gamma", **wrong}) == 422
    assert await status(world.admin, "PATCH", f"{path}/{made['id']}", wrong) == 422


async def test_who_may_arrange_milestones(api: Api, status: Status, world: World, path: str) -> None:
    one = f"{path}/{(await api.made(world.admin, path, {'name': 'Beta'}))['id']}"
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "POST", path, {"name": "Mine"}) == expected
        assert await status(person, "PATCH", one, {"name": "Mine"}) == expected
        assert await status(person, "DELETE", one) == expected
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", path) == 404
        assert await status(person, "GET", one) == 404
