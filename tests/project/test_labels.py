"""Labels, through the door."""

from typing import Any

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


@pytest.fixture
async def path(world: World) -> str:
    return f"/projects/{(await world.project())['id']}/labels"


async def test_label_is_made_changed_and_given_up(
    api: Api, status: Status, world: World, path: str, event_types: EventTypes
) -> None:
    body = {"name": " Bug ", "color": "#ff0000", "group": " Kind "}
    response = await api.send(world.admin, "POST", path, body, Idempotency_Key="l")
    label = response.json()
    assert (response.status_code, label["name"], label["group"], label["version"]) == (201, "Bug", "Kind", 1)
    assert response.headers["location"] == f"/api/v1{path}/{label['id']}"
    assert (await api.send(world.admin, "POST", path, body, Idempotency_Key="l")).json() == label
    one = f"{path}/{label['id']}"
    assert (await api.send(world.viewer, "GET", one)).json() == label
    changed = await api.send(world.admin, "PATCH", one, {"name": "bug", "group": None}, If_Match='"1"')
    assert (changed.json()["name"], changed.json()["group"], changed.headers["etag"]) == ("bug", None, '"2"')
    assert (await api.send(world.admin, "PATCH", one, {"name": "bug"})).headers["etag"] == '"2"'
    assert await status(world.admin, "DELETE", one, If_Match='"1"') == 412
    assert await status(world.admin, "DELETE", one, If_Match='"2"') == 204
    assert await status(world.viewer, "GET", one) == 404
    ends = ["label.created.v1", "label.updated.v1", "label.deleted.v1"]
    assert (await event_types(world.workspace_id))[-3:] == ends
    await api.made(world.admin, path, {"name": "BUG"})


async def test_name_is_taken_once_per_project(api: Api, world: World, path: str) -> None:
    await api.made(world.admin, path, {"name": "Bug"})
    other = await api.made(world.admin, path, {"name": "Wish"})
    for answer in (
        await api.send(world.admin, "POST", path, {"name": "bUG"}),
        await api.send(world.admin, "PATCH", f"{path}/{other['id']}", {"name": "bug"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


async def test_labels_are_listed_page_by_page_and_bounded(
    api: Api, status: Status, world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [(await api.made(world.admin, path, {"name": name}))["id"] for name in ("a", "b", "c")]
    first = (await api.send(world.viewer, "GET", f"{path}?limit=2")).json()
    rest = (await api.send(world.viewer, "GET", f"{path}?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made
    monkeypatch.setattr("taskyard.project.actions.labels.MOST_LABELS", 3)
    assert await status(world.admin, "POST", path, {"name": "d"}) == 409


@pytest.mark.parametrize("wrong", [{"name": " "}, {"color": "red"}, {"group": ""}, {"group": "\x00"}, {"icon": "x"}])
async def test_malformed_label_is_refused(
    api: Api, status: Status, world: World, path: str, wrong: dict[str, Any]
) -> None:
    label = await api.made(world.admin, path, {"name": "Bug"})
    assert await status(world.admin, "POST", path, {"name": "Wish", **wrong}) == 422
    assert await status(world.admin, "PATCH", f"{path}/{label['id']}", wrong) == 422


async def test_who_may_arrange_labels(api: Api, status: Status, world: World, path: str) -> None:
    one = f"{path}/{(await api.made(world.admin, path, {'name': 'Bug'}))['id']}"
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "POST", path, {"name": "Mine"}) == expected
        assert await status(person, "PATCH", one, {"name": "Mine"}) == expected
        assert await status(person, "DELETE", one) == expected
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", path) == 404
        assert await status(person, "GET", one) == 404
    for nowhere in (f"{path}/{new_id()}", f"{path}/nonsense"):
        assert await status(world.owner, "DELETE", nowhere) == 404
