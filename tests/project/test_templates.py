"""Templates of tasks, through the door."""

from typing import Any

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


@pytest.fixture
async def path(world: World) -> str:
    return f"/projects/{(await world.project())['id']}/templates"


async def test_template_is_made_changed_and_given_up(
    api: Api, status: Status, world: World, path: str, event_types: EventTypes
) -> None:
    body = {"name": " Report ", "description": "a\r\nb", "priority": "high", "estimate": 2.555, "custom": {"size": 1}}
    response = await api.send(world.admin, "POST", path, {**body, "label_ids": [world.owner]}, Idempotency_Key="t")
    made = response.json()
    assert (response.status_code, made["name"], made["description"]) == (201, "Report", "a\nb")
    assert (made["estimate"], made["custom"], made["label_ids"]) == (2.56, {"size": 1}, [world.owner])
    one = f"{path}/{made['id']}"
    assert (await api.send(world.viewer, "GET", one)).json() == made
    patch: dict[str, object] = {"estimate": None, "custom": {}, "priority": "low"}
    changed = await api.send(world.admin, "PATCH", one, patch, If_Match='"1"')
    assert ({name: changed.json()[name] for name in patch}, changed.headers["etag"]) == (patch, '"2"')
    assert (await api.send(world.viewer, "GET", path)).json()["items"] == [changed.json()]
    assert await status(world.admin, "POST", path, {"name": "rEPORT"}) == 409
    assert await status(world.admin, "DELETE", one, If_Match='"1"') == 412
    assert await status(world.admin, "DELETE", one) == 204
    assert await status(world.viewer, "GET", one) == 404
    ends = ["template.created.v1", "template.updated.v1", "template.deleted.v1"]
    assert (await event_types(world.workspace_id))[-3:] == ends


async def test_templates_are_bounded(status: Status, world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.project.actions.templates.MOST_TEMPLATES", 0)
    assert await status(world.admin, "POST", path, {"name": "Report"}) == 409


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"priority": "huge"}, {"label_ids": ["bug"]}, {"estimate": -1}, {"custom": {"Size": 1}}, {"a": 1}],
)
async def test_malformed_template_is_refused(
    api: Api, status: Status, world: World, path: str, wrong: dict[str, Any]
) -> None:
    made = await api.made(world.admin, path, {"name": "Report"})
    assert await status(world.admin, "POST", path, {"name": "Other", **wrong}) == 422
    assert await status(world.admin, "PATCH", f"{path}/{made['id']}", wrong) == 422


async def test_who_may_arrange_templates(api: Api, status: Status, world: World, path: str) -> None:
    one = f"{path}/{(await api.made(world.admin, path, {'name': 'Report'}))['id']}"
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "POST", path, {"name": "Mine"}) == expected
        assert await status(person, "PATCH", one, {"name": "Mine"}) == expected
        assert await status(person, "DELETE", one) == expected
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", path) == 404
        assert await status(person, "GET", one) == 404
    assert await status(world.owner, "DELETE", f"{path}/{new_id()}") == 404
