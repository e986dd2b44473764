"""Projects that everybody may read, signed in or not: who opens them, and what closes them."""

import pytest

from taskyard.contracts.public import THE_PUBLIC
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.project.conftest import Api, EventTypes, Status, World

ON, OFF = {"public_projects": True}, {"public_projects": False}
PUBLIC = {"visibility": "public"}


async def opened(world: World, description: str = "") -> str:
    """A public project, and what it takes."""
    assert (await world.api.send(world.owner, "PATCH", world.path, ON)).json()["public_projects"]
    return str((await world.project(visibility="public", description=description))["id"])


async def test_everybody_reads_the_same(api: Api, world: World) -> None:
    project = await opened(world, description="What we do next")
    label = await api.made(world.owner, f"/projects/{project}/labels", {"name": "Bug"})
    for caller in (None, world.outsider, world.owner):
        answer = await api.send(caller, "GET", f"/public/projects/{project}")
        assert answer.status_code == 200
        assert answer.json().keys() == {"id", "key", "name", "description", "created_at", "updated_at"}
        assert answer.headers["cache-control"] == "public, max-age=30"
        states = await api.send(caller, "GET", f"/public/projects/{project}/states")
        assert [state["key"] for state in states.json()["items"]][:2] == ["backlog", "todo"]
        labels = await api.send(caller, "GET", f"/public/projects/{project}/labels")
        assert [one["id"] for one in labels.json()["items"]] == [label["id"]]


async def test_who_has_it_is_told_so(api: Api, world: World) -> None:
    path = f"/public/projects/{await opened(world)}"
    first = await api.send(None, "GET", path)
    again = await api.send(None, "GET", path, If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert again.headers["cache-control"] == "public, max-age=30"
    await api.send(world.owner, "PATCH", path.replace("/public", ""), {"name": "New"})
    assert (await api.send(None, "GET", path, If_None_Match=first.headers["etag"])).json()["name"] == "New"


async def test_labels_are_paged(api: Api, world: World) -> None:
    project = await opened(world)
    for name in ("Bug", "Idea"):
        await api.made(world.owner, f"/projects/{project}/labels", {"name": name})
    path = f"/public/projects/{project}/labels?limit=1"
    first = (await api.send(None, "GET", path)).json()
    second = (await api.send(None, "GET", f"{path}&cursor={first['next_cursor']}")).json()
    assert [page["items"][0]["name"] for page in (first, second)] == ["Bug", "Idea"]
    assert (await api.send(None, "GET", f"{path}&cursor=nonsense")).status_code == 422


@pytest.mark.parametrize("visibility", ["private", "workspace"])
async def test_what_is_not_public_is_not_there(world: World, status: Status, visibility: str) -> None:
    await opened(world)
    project = (await world.project("HID", visibility=visibility))["id"]
    for name in (project, new_id(), "nonsense"):
        for path in ("", "/states", "/labels"):
            assert await status(None, "GET", f"/public/projects/{name}{path}") == 404
            assert await status(world.owner, "GET", f"/public/projects/{name}{path}") == 404


async def test_each_way_of_closing_it_counts_at_once(world: World, status: Status) -> None:
    project = await opened(world)
    path, public = f"/projects/{project}", f"/public/projects/{project}"
    for method, at, body, reopen in [
        ("PATCH", path, {"visibility": "private"}, ("PATCH", path, PUBLIC)),
        ("PATCH", path, {"visibility": "workspace"}, ("PATCH", path, PUBLIC)),
        ("PATCH", world.path, OFF, ("PATCH", world.path, ON)),
        ("POST", f"{path}/archive", None, ("POST", f"{path}/unarchive", None)),
        ("DELETE", path, None, ("POST", f"{path}/restore", None)),
        ("DELETE", world.path, None, None),
    ]:
        assert await status(None, "GET", public) == 200, (method, at)
        assert await status(world.owner, method, at, body) < 300
        assert await status(None, "GET", public) == 404, (method, at)
        if reopen:
            assert await status(world.owner, *reopen) == 200


async def test_who_lets_projects_be_public(world: World, status: Status, event_types: EventTypes) -> None:
    for caller, expected in [(world.outsider, 404), (world.guest, 403), (world.member, 403), (world.admin, 200)]:
        assert await status(caller, "PATCH", world.path, ON) == expected
    assert (await event_types(world.workspace_id))[-1] == "workspace.updated.v1"
    assert await status(world.admin, "PATCH", world.path, {"public_projects": "yes"}) == 422


async def test_who_opens_a_project(api: Api, world: World, status: Status, event_types: EventTypes) -> None:
    new = {"workspace_id": world.workspace_id, "key": "NEW", "name": "New", "visibility": "public"}
    project = (await world.project())["id"]
    for method, path, body in [("POST", "/projects", new), ("PATCH", f"/projects/{project}", PUBLIC)]:
        refused = await api.send(world.owner, method, path, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/visibility")
    await api.send(world.owner, "PATCH", world.path, ON)
    role = {"name": "Editor", "permissions": ["project_view", "project_edit"]}
    editor = await api.made(world.owner, f"{world.path}/roles", role)
    body = {"user_id": world.guest, "role": editor["id"]}
    await api.made(world.owner, f"/projects/{project}/members", body)
    assert await status(world.guest, "PATCH", f"/projects/{project}", {"name": "Mine"}) == 200
    for caller, expected in [(world.outsider, 404), (world.guest, 403), (world.member, 403), (world.admin, 200)]:
        assert await status(caller, "PATCH", f"/projects/{project}", PUBLIC) == expected
    assert (await event_types(world.workspace_id))[-1] == "project.updated.v1"
    assert await status(world.member, "POST", "/projects", new) == 201


async def test_who_brings_a_public_project_back(api: Api, world: World, status: Status) -> None:
    path = f"/projects/{await opened(world)}"
    role = {"name": "Editor", "permissions": ["project_view", "project_edit", "project_delete"]}
    editor = await api.made(world.owner, f"{world.path}/roles", role)
    await api.made(world.owner, f"{path}/members", {"user_id": world.guest, "role": editor["id"]})
    for close, reopen in [(("POST", f"{path}/archive"), f"{path}/unarchive"), (("DELETE", path), f"{path}/restore")]:
        assert await status(world.guest, *close) < 300
        assert await status(world.guest, "POST", reopen) == 403
        assert await status(None, "GET", f"/public{path}") == 404
        assert await status(world.owner, "POST", reopen) == 200
    await status(world.owner, "PATCH", path, {"visibility": "private"})
    assert await status(world.guest, "POST", f"{path}/archive") == 200
    assert await status(world.guest, "POST", f"{path}/unarchive") == 200


async def test_the_workspace_sees_it_as_its_own(world: World, status: Status) -> None:
    path = f"/projects/{await opened(world)}"
    people = (world.member, world.viewer, world.guest, world.outsider)
    for switch in (ON, OFF):
        await status(world.owner, "PATCH", world.path, switch)
        assert [await status(person, "GET", path) for person in people] == [200, 200, 404, 404]
        assert await status(None, "GET", path) == 401


async def test_copies_are_not_public(api: Api, world: World) -> None:
    project = await opened(world)
    copy = await api.made(world.owner, f"/projects/{project}/duplicate", {"key": "COPY", "name": "Copy"})
    assert copy["visibility"] == "workspace"


async def test_nothing_changes_there(world: World, status: Status) -> None:
    path = f"/public/projects/{await opened(world)}"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert await status(world.owner, method, path, {"name": "Mine"} if method != "DELETE" else None) == 405


async def test_the_public_is_nobody(world: World, status: Status, databases: dict[str, Database]) -> None:
    project = await opened(world)
    body = {"user_id": THE_PUBLIC.id, "role": "admin"}
    assert await status(world.owner, "POST", f"/projects/{project}/members", body) == 422
    assert await status(world.owner, "PATCH", f"/projects/{project}", {"lead_id": THE_PUBLIC.id}) == 422
    sql = "SELECT FROM subjects_v1 WHERE workspace_id = $1::uuid AND person_id = $2::uuid"
    assert await databases["project"].fetch(sql, world.workspace_id, THE_PUBLIC.id) == []
