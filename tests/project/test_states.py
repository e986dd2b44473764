"""The states of a project's tasks, through the door."""

from typing import Any

import msgspec
import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


class States:
    """A project's states as its admin arranges them."""

    def __init__(self, api: Api, world: World, project_id: str) -> None:
        self.api, self.world = api, world
        self.path = f"/projects/{project_id}/states"

    async def listed(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.api.send(self.world.viewer, "GET", self.path)).json()["items"]
        return items

    async def keys(self) -> list[str]:
        return [state["key"] for state in await self.listed()]

    async def one(self, key: str) -> str:
        return next(f"{self.path}/{state['id']}" for state in await self.listed() if state["key"] == key)


@pytest.fixture
async def states(api: Api, world: World) -> States:
    return States(api, world, (await world.project())["id"])


async def test_state_is_made_at_the_end_with_a_key_from_its_name(
    api: Api, world: World, states: States, event_types: EventTypes
) -> None:
    body = {"name": " Waiting for parts! ", "category": "in_progress"}
    response = await api.send(world.admin, "POST", states.path, body, Idempotency_Key="s")
    state = response.json()
    assert (response.status_code, response.headers["etag"], state["name"]) == (201, '"1"', "Waiting for parts!")
    assert response.headers["location"] == f"/api/v1{states.path}/{state['id']}"
    assert (state["key"], state["rank"], state["is_default"]) == ("waiting_for_parts", 7, False)
    assert (await api.send(world.admin, "POST", states.path, body, Idempotency_Key="s")).json() == state
    one = await api.send(world.viewer, "GET", f"{states.path}/{state['id']}")
    assert (one.json(), one.headers["etag"]) == (state, '"1"')
    assert (await event_types(world.workspace_id))[-1] == "state.created.v1"


async def test_state_is_made_in_between_and_as_the_default(api: Api, world: World, states: States) -> None:
    body = {"name": "Triage", "category": "backlog", "rank": 2, "is_default": True, "wip_limit": 3}
    await api.made(world.admin, states.path, body)
    listed = await states.listed()
    assert [state["key"] for state in listed][:3] == ["backlog", "triage", "todo"]
    assert [state["rank"] for state in listed] == [1, 2, 3, 4, 5, 6, 7]
    assert [state["key"] for state in listed if state["is_default"]] == ["triage"]
    assert [state["version"] for state in listed] == [1, 1, 2, 2, 2, 2, 2]


async def test_key_is_taken_once_per_project(api: Api, world: World, states: States) -> None:
    answer = await api.send(world.admin, "POST", states.path, {"name": "Done", "category": "done"})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_taken")


async def test_states_are_bounded(api: Api, world: World, states: States, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.project.actions.states.MOST_STATES", 6)
    answer = await api.send(world.admin, "POST", states.path, {"name": "Seventh", "category": "done"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "完了"},
        {"key": "a b"},
        {"key": "a\n"},
        {"category": "review"},
        {"rank": 0},
        {"wip_limit": 0},
        {"colour": "red"},
    ],
)
async def test_malformed_state_is_refused(
    status: Status, world: World, states: States, wrong: dict[str, object]
) -> None:
    assert await status(world.admin, "POST", states.path, {"name": "Triage", "category": "todo", **wrong}) == 422


async def test_state_is_changed_and_moved(api: Api, world: World, states: States, event_types: EventTypes) -> None:
    path = await states.one("in_review")
    patch = {"name": "Review", "rank": 2, "wip_limit": 4, "enforces_limit": True, "category": "todo"}
    answer = await api.send(world.admin, "PATCH", path, patch, If_Match='"1"')
    assert (answer.status_code, answer.headers["etag"], answer.json()["wip_limit"]) == (200, '"2"', 4)
    assert await states.keys() == ["backlog", "in_review", "todo", "in_progress", "done", "cancelled"]
    assert (await event_types(world.workspace_id))[-3:] == ["state.updated.v1"] * 3
    assert (await api.send(world.admin, "PATCH", path, {"rank": 2})).headers["etag"] == '"2"'
    assert (await api.send(world.admin, "PATCH", path, {"name": "x"}, If_Match='"1"')).status_code == 412
    last = await api.send(world.admin, "PATCH", path, {"rank": 900, "wip_limit": None})
    assert (last.json()["rank"], last.json()["wip_limit"]) == (6, None)


async def test_another_default_replaces_the_first(api: Api, world: World, states: States) -> None:
    await api.send(world.admin, "PATCH", await states.one("backlog"), {"is_default": True})
    assert [state["key"] for state in await states.listed() if state["is_default"]] == ["backlog"]


@pytest.mark.parametrize("patch", [{"key": "new"}, {"is_default": False}, {"name": None}, {"rank": "first"}])
async def test_malformed_change_of_a_state_is_refused(
    status: Status, world: World, states: States, patch: dict[str, object]
) -> None:
    assert await status(world.admin, "PATCH", await states.one("todo"), patch) == 422


async def test_deleted_state_hands_its_place_over(
    api: Api, world: World, states: States, databases: dict[str, Database]
) -> None:
    path = await states.one("todo")
    answer = await api.send(world.admin, "DELETE", f"{path}?move_to=backlog", If_Match='"1"')
    assert (answer.status_code, await states.keys()) == (
        204,
        ["backlog", "in_progress", "in_review", "done", "cancelled"],
    )
    assert [state["key"] for state in await states.listed() if state["is_default"]] == ["backlog"]
    assert (await api.send(world.viewer, "GET", path)).status_code == 404
    sql = "SELECT version, data FROM log.events WHERE type = 'state.deleted.v1' AND workspace_id = $1::uuid"
    [event] = await databases["owner"].fetch(sql, world.workspace_id)
    data = msgspec.json.decode(event["data"])
    assert (event["version"], data["key"], data["moved_to"]) == (2, "todo", "backlog")
    await api.made(world.admin, states.path, {"name": "To do", "key": "todo", "category": "todo"})


async def test_state_that_is_not_the_default_leaves_the_default_alone(
    status: Status, world: World, states: States
) -> None:
    assert await status(world.admin, "DELETE", f"{await states.one('done')}?move_to=cancelled") == 204
    assert [state["key"] for state in await states.listed() if state["is_default"]] == ["todo"]


async def test_tasks_go_to_another_state_that_there_is(status: Status, world: World, states: States) -> None:
    path = await states.one("todo")
    for query in ("", "?move_to=todo", "?move_to=nowhere", "?move_to="):
        assert await status(world.admin, "DELETE", path + query) == 422
    assert await status(world.admin, "DELETE", f"{path}?move_to=done", If_Match='"9"') == 412


async def test_who_may_arrange_states(status: Status, world: World, states: States) -> None:
    one, body = await states.one("todo"), {"name": "Mine", "category": "todo"}
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "POST", states.path, body) == expected
        assert await status(person, "PATCH", one, {"name": "Mine"}) == expected
        assert await status(person, "DELETE", f"{one}?move_to=done") == expected
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", states.path) == 404
        assert await status(person, "GET", one) == 404
    for nowhere in (f"{states.path}/{new_id()}", f"{states.path}/nonsense", f"/projects/{new_id()}/states/{new_id()}"):
        assert await status(world.owner, "PATCH", nowhere, {"name": "Mine"}) == 404
