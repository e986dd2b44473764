"""Fields of a project's own, through the door."""

from typing import Any

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


@pytest.fixture
async def path(world: World) -> str:
    return f"/projects/{(await world.project())['id']}/fields"


SIZE = {"key": "size", "name": "Size", "kind": "select", "options": ["S", "M"], "default": "S"}


async def test_field_is_made_changed_and_given_up(
    api: Api, status: Status, world: World, path: str, event_types: EventTypes
) -> None:
    response = await api.send(world.admin, "POST", path, SIZE, Idempotency_Key="f")
    field = response.json()
    assert (response.status_code, {name: field[name] for name in SIZE}, field["is_required"]) == (201, SIZE, False)
    assert (await api.send(world.admin, "POST", path, SIZE, Idempotency_Key="f")).json() == field
    one = f"{path}/{field['id']}"
    assert (await api.send(world.viewer, "GET", one)).json() == field
    patch = {"name": "Width", "options": ["L", "M"], "default": "L", "is_required": True}
    changed = await api.send(world.admin, "PATCH", one, patch, If_Match='"1"')
    assert ({name: changed.json()[name] for name in patch}, changed.headers["etag"]) == (patch, '"2"')
    assert (await api.send(world.viewer, "GET", path)).json() == {"items": [changed.json()], "next_cursor": None}
    cleared = await api.send(world.admin, "PATCH", one, {"default": None})
    assert (cleared.json()["default"], cleared.headers["etag"]) == (None, '"3"')
    assert await status(world.admin, "DELETE", one, If_Match='"1"') == 412
    assert await status(world.admin, "DELETE", one) == 204
    assert await status(world.viewer, "GET", one) == 404
    ends = ["field.created.v1", "field.updated.v1", "field.updated.v1", "field.deleted.v1"]
    assert (await event_types(world.workspace_id))[-4:] == ends


async def test_key_is_given_once_for_ever(api: Api, status: Status, world: World, path: str) -> None:
    field = await api.made(world.admin, path, SIZE)
    assert await status(world.admin, "POST", path, SIZE) == 409
    await api.send(world.admin, "DELETE", f"{path}/{field['id']}")
    again = await api.send(world.admin, "POST", path, SIZE)
    assert (again.status_code, again.json()["code"]) == (409, "key_taken")


async def test_fields_are_bounded(status: Status, world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.project.actions.fields.MOST_FIELDS", 0)
    assert await status(world.admin, "POST", path, SIZE) == 409


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"key": "Size"}, "/key"),
        ({"key": "1st"}, "/key"),
        ({"key": "size\n"}, "/key"),
        ({"name": " "}, "/name"),
        ({"kind": "colour"}, "/kind"),
        ({"options": []}, "/options"),
        ({"options": ["S", "S "]}, "/options"),
        ({"options": ["S", " "]}, "/options/1"),
        ({"default": "XL"}, "/default"),
        ({"kind": "text"}, "/options"),
        ({"kind": "number", "options": [], "default": "1"}, "/default"),
        ({"kind": "person", "options": [], "default": new_id()}, "/default"),
        ({"icon": "x"}, "/icon"),
    ],
)
async def test_malformed_field_is_named(api: Api, world: World, path: str, wrong: dict[str, Any], pointer: str) -> None:
    answer = await api.send(world.admin, "POST", path, {**SIZE, **wrong})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "patch", [{"key": "other"}, {"kind": "text"}, {"options": []}, {"options": ["M"]}, {"name": ""}]
)
async def test_malformed_change_of_a_field_is_refused(
    api: Api, status: Status, world: World, path: str, patch: dict[str, Any]
) -> None:
    field = await api.made(world.admin, path, SIZE)
    assert await status(world.admin, "PATCH", f"{path}/{field['id']}", patch) == 422


async def test_who_may_arrange_fields(api: Api, status: Status, world: World, path: str) -> None:
    one = f"{path}/{(await api.made(world.admin, path, SIZE))['id']}"
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "POST", path, {**SIZE, "key": "mine"}) == expected
        assert await status(person, "PATCH", one, {"name": "Mine"}) == expected
        assert await status(person, "DELETE", one) == expected
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", path) == 404
        assert await status(person, "GET", one) == 404
    assert await status(world.owner, "PATCH", f"{path}/{new_id()}", {"name": "Mine"}) == 404
