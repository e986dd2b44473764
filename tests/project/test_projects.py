"""Projects through the door."""

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


async def test_project_starts_with_states_and_an_admin(api: Api, world: World, event_types: EventTypes) -> None:
    body = {"workspace_id": world.workspace_id, "key": "OPS", "name": " Operations ", "lead_id": world.viewer}
    response = await api.send(world.member, "POST", "/projects", body, Idempotency_Key="p")
    project = response.json()
    assert (response.status_code, project["name"], project["visibility"]) == (201, "Operations", "workspace")
    again = await api.send(world.member, "POST", "/projects", body, Idempotency_Key="p")
    assert again.json() == project
    states = (await api.send(world.viewer, "GET", f"/projects/{project['id']}/states")).json()["items"]
    assert [state["key"] for state in states] == ["backlog", "todo", "in_progress", "in_review", "done", "cancelled"]
    assert [state["key"] for state in states if state["is_default"]] == ["todo"]
    members = (await api.send(world.viewer, "GET", f"/projects/{project['id']}/members")).json()["items"]
    assert [(item["user_id"], item["role"]) for item in members] == [(world.member, "admin")]
    made = ["project.created.v1", *["state.created.v1"] * 6, "workflow.created.v1", "project_member.added.v1"]
    assert (await event_types(world.workspace_id))[-9:] == made


async def test_key_is_taken_once_per_workspace(api: Api, world: World) -> None:
    await world.project("OPS")
    body = {"workspace_id": world.workspace_id, "key": "OPS", "name": "Again"}
    response = await api.send(world.owner, "POST", "/projects", body)
    assert (response.status_code, response.json()["code"]) == (409, "key_taken")
    other = World(api)
    await other.build()
    await other.project("OPS")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "ops"},
        {"key": "O"},
        {"key": "OPS\n"},
        {"name": "a\x00b"},
        {"description": "a\x00b"},
        {"visibility": "public"},
        {"lead_id": new_id()},
        {"workspace_id": new_id()},
        {"workspace_id": "nonsense"},
        {"colour": "red"},
    ],
)
async def test_malformed_project_is_refused(status: Status, world: World, wrong: dict[str, object]) -> None:
    body = {"workspace_id": world.workspace_id, "key": "OPS", "name": "Operations", **wrong}
    assert await status(world.owner, "POST", "/projects", body) == 422


async def test_who_may_create_projects(status: Status, world: World) -> None:
    body = {"workspace_id": world.workspace_id, "key": "OPS", "name": "Operations"}
    assert await status(world.viewer, "POST", "/projects", body) == 403
    assert await status(world.guest, "POST", "/projects", body) == 403
    assert await status(world.outsider, "POST", "/projects", body) == 422
    limited = Principal(id=world.owner, project_ids=frozenset({new_id()}))
    assert await status(limited, "POST", "/projects", body) == 403


async def test_visibility_decides_who_sees(status: Status, world: World) -> None:
    open_project = f"/projects/{(await world.project('OPEN'))['id']}"
    closed = f"/projects/{(await world.project('SHUT', visibility='private'))['id']}"
    for person, sees_open, sees_closed in [
        (world.admin, 200, 200),
        (world.member, 200, 404),
        (world.viewer, 200, 404),
        (world.guest, 404, 404),
        (world.outsider, 404, 404),
    ]:
        assert await status(person, "GET", open_project) == sees_open
        assert await status(person, "GET", closed) == sees_closed
        assert await status(person, "GET", f"{closed}/states") == sees_closed
    assert await status(world.owner, "PATCH", open_project, {"visibility": "private"}) == 200
    assert await status(world.viewer, "GET", open_project) == 404
    assert await status(world.owner, "PATCH", open_project, {"visibility": "workspace"}) == 200
    assert await status(world.viewer, "GET", open_project) == 200


async def test_list_holds_what_the_caller_sees(api: Api, status: Status, world: World) -> None:
    first = (await world.project("ONE"))["id"]
    second = (await world.project("TWO", visibility="private"))["id"]
    third = (await world.project("THREE"))["id"]
    await status(world.owner, "POST", f"/projects/{third}/archive")

    async def listed(caller: str | Principal, query: str = "") -> list[str]:
        answer = await api.send(caller, "GET", f"/projects?workspace_id={world.workspace_id}{query}")
        return [item["id"] for item in answer.json()["items"]]

    assert await listed(world.owner) == [first, second, third]
    assert await listed(world.viewer) == [first, third]
    assert await listed(world.viewer, "&archived=true") == [third]
    assert await listed(world.viewer, "&archived=false") == [first]
    assert await listed(world.guest) == []
    assert await listed(Principal(id=world.owner, project_ids=frozenset({second}))) == [second]
    page = (await api.send(world.owner, "GET", "/projects?limit=2")).json()
    rest = (await api.send(world.owner, "GET", f"/projects?limit=2&cursor={page['next_cursor']}")).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == [first, second, third]
    assert await status(world.owner, "GET", f"/projects?cursor={page['next_cursor']}&archived=true") == 422
    assert await status(world.owner, "GET", "/projects?workspace_id=nonsense") == 422


async def test_project_is_changed(api: Api, status: Status, world: World, event_types: EventTypes) -> None:
    path = f"/projects/{(await world.project())['id']}"
    patch = {"name": "Run", "description": "a\r\nb", "lead_id": world.member}
    response = await api.send(world.admin, "PATCH", path, patch, If_Match='"1"')
    assert response.status_code == 200
    assert (response.json()["description"], response.json()["lead_id"]) == ("a\nb", world.member)
    assert await status(world.admin, "PATCH", path, {"name": "Walk"}, If_Match='"1"') == 412
    cleared = await api.send(world.admin, "PATCH", path, {"lead_id": None})
    assert (cleared.json()["lead_id"], cleared.json()["version"]) == (None, 3)
    assert (await api.send(world.admin, "PATCH", path, {"name": "Run"})).json()["version"] == 3
    assert (await event_types(world.workspace_id))[-2:] == ["project.updated.v1", "project.updated.v1"]


@pytest.mark.parametrize("patch", [{"key": "NEW"}, {"name": None}, {"lead_id": new_id()}, {"name": " "}])
async def test_malformed_change_is_refused(status: Status, world: World, patch: object) -> None:
    path = f"/projects/{(await world.project())['id']}"
    assert await status(world.owner, "PATCH", path, patch) == 422


async def test_who_may_change_projects(status: Status, world: World) -> None:
    path = f"/projects/{(await world.project())['id']}"
    for person, expected in [(world.member, 403), (world.viewer, 403), (world.guest, 404), (world.outsider, 404)]:
        assert await status(person, "PATCH", path, {"name": "Mine"}) == expected
        assert await status(person, "POST", f"{path}/archive") == expected
        assert await status(person, "POST", f"{path}/unarchive") == expected
        assert await status(person, "DELETE", path) == expected
    assert await status(world.owner, "PATCH", "/projects/nonsense", {"name": "Mine"}) == 404
    scoped = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    assert await status(scoped, "PATCH", path, {"name": "Mine"}) == 403


async def test_archive_and_back(api: Api, world: World, event_types: EventTypes) -> None:
    path = f"/projects/{(await world.project())['id']}"
    archived = await api.send(world.admin, "POST", f"{path}/archive")
    assert archived.json()["archived_at"] is not None
    assert (await api.send(world.admin, "POST", f"{path}/archive")).json() == archived.json()
    back = await api.send(world.admin, "POST", f"{path}/unarchive", If_Match='"2"')
    assert (back.json()["archived_at"], back.json()["version"]) == (None, 3)
    assert (await api.send(world.admin, "POST", f"{path}/unarchive")).json() == back.json()
    assert (await event_types(world.workspace_id))[-2:] == ["project.archived.v1", "project.unarchived.v1"]


async def test_trash_and_restore(api: Api, status: Status, world: World, event_types: EventTypes) -> None:
    path = f"/projects/{(await world.project())['id']}"
    assert await status(world.admin, "POST", f"{path}/restore") == 404
    assert await status(world.admin, "DELETE", path, If_Match='"2"') == 412
    assert await status(world.admin, "DELETE", path) == 204
    assert await status(world.owner, "GET", path) == 404
    for person in (world.member, world.viewer, world.outsider):
        assert await status(person, "POST", f"{path}/restore") == 404
    limited = Principal(id=world.owner, project_ids=frozenset({new_id()}))
    assert await status(limited, "POST", f"{path}/restore") == 404
    assert await status(world.owner, "POST", "/projects/nonsense/restore") == 404
    assert await status(world.owner, "POST", f"/projects/{new_id()}/restore") == 404
    assert await status(world.owner, "POST", f"{path}/restore", If_Match='"1"') == 412
    restored = await api.send(world.owner, "POST", f"{path}/restore", Idempotency_Key="r")
    assert (restored.status_code, restored.json()["version"]) == (200, 3)
    assert await status(world.owner, "POST", f"{path}/restore", Idempotency_Key="r") == 200
    assert await status(world.viewer, "GET", path) == 200
    assert (await event_types(world.workspace_id))[-2:] == ["project.deleted.v1", "project.restored.v1"]


async def test_creator_restores_their_private_project(status: Status, world: World) -> None:
    path = f"/projects/{(await world.project(caller=world.member, visibility='private'))['id']}"
    assert await status(world.member, "DELETE", path) == 204
    assert await status(world.member, "POST", f"{path}/restore") == 200
    assert await status(world.member, "GET", path) == 200


async def test_restore_refuses_a_key_given_away(api: Api, status: Status, world: World) -> None:
    path = f"/projects/{(await world.project('OPS'))['id']}"
    assert await status(world.owner, "DELETE", path) == 204
    await world.project("OPS")
    response = await api.send(world.owner, "POST", f"{path}/restore")
    assert (response.status_code, response.json()["code"]) == (409, "key_taken")
