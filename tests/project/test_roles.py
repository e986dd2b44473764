"""Roles of a workspace's own: made within one's own rights, changed under those who have them, and taken away."""

from typing import Any

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World

TRIAGE = ["project_view", "task_edit", "workspace_view"]


async def make(world: World, *permissions: str, caller: str = "", name: str = "Triage") -> dict[str, Any]:
    body = {"name": name, "permissions": list(permissions or TRIAGE)}
    return await world.api.made(caller or world.owner, f"{world.path}/roles", body)


async def test_a_role_is_made_and_given(api: Api, world: World) -> None:
    role = await make(world)
    assert (role["permissions"], role["is_built_in"], role["key"]) == (TRIAGE, False, role["id"])
    changed = await api.send(world.owner, "PATCH", f"{world.path}/members/{world.viewer}", {"role": role["id"]})
    assert (changed.status_code, changed.json()["role"]) == (200, role["id"])
    listed = (await api.send(world.viewer, "GET", f"{world.path}/roles")).json()["items"]
    assert role in listed
    assert {item["key"] for item in listed if item["is_built_in"]} == {"owner", "admin", "member", "viewer", "guest"}


async def test_a_role_allows_what_it_lists_and_nothing_else(world: World, status: Status) -> None:
    role = await make(world, "project_view", "project_edit")
    project = await world.project(visibility="private")
    path = f"/projects/{project['id']}"
    assert await status(world.member, "GET", path) == 404
    await world.api.made(world.owner, f"{path}/members", {"user_id": world.member, "role": role["id"]})
    assert await status(world.member, "PATCH", path, {"name": "Mine"}) == 200
    assert await status(world.member, "DELETE", path) == 403


async def test_a_change_bites_on_the_next_statement(world: World, status: Status, event_types: EventTypes) -> None:
    role = await make(world, "project_view", "workspace_view", "project_edit")
    project = await world.project(visibility="private")
    path = f"/projects/{project['id']}"
    await world.api.made(world.owner, f"{path}/members", {"user_id": world.viewer, "role": role["id"]})
    one = f"{world.path}/roles/{role['id']}"
    assert await status(world.viewer, "PATCH", path, {"name": "A"}) == 200
    assert await status(world.owner, "PATCH", one, {"permissions": ["project_view"]}) == 200
    assert await status(world.viewer, "PATCH", path, {"name": "B"}) == 403
    assert await status(world.owner, "PATCH", one, {"permissions": ["workspace_view"]}) == 200
    assert await status(world.viewer, "GET", path) == 404
    assert "access.lost.v1" in await event_types(world.workspace_id)


async def test_a_role_that_manages_members_sees_private_projects(world: World, status: Status) -> None:
    role = await make(world, "project_view", "workspace_view", "workspace_members")
    project = await world.project(visibility="private")
    await world.api.send(world.owner, "PATCH", f"{world.path}/members/{world.viewer}", {"role": role["id"]})
    assert await status(world.viewer, "GET", f"/projects/{project['id']}") == 200
    await world.api.send(world.owner, "PATCH", f"{world.path}/roles/{role['id']}", {"permissions": TRIAGE})
    assert await status(world.viewer, "GET", f"/projects/{project['id']}") == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " ", "permissions": TRIAGE},
        {"name": "x", "permissions": []},
        {"name": "x", "permissions": ["fly"]},
        {"name": "x", "permissions": ["PROJECT_VIEW"]},
        {"name": "x", "permissions": ["task_edit"]},
        {"name": "x", "permissions": ["project_view", "team_manage"]},
        {"name": "x", "permissions": TRIAGE, "key": "owner"},
        {"name": "x"},
    ],
)
async def test_wrong_input_is_refused(world: World, status: Status, wrong: dict[str, Any]) -> None:
    assert await status(world.owner, "POST", f"{world.path}/roles", wrong) == 422


async def test_nobody_gives_what_they_do_not_hold(world: World, status: Status) -> None:
    body = {"name": "x", "permissions": ["workspace_view", "workspace_delete"]}
    assert await status(world.admin, "POST", f"{world.path}/roles", body) == 403
    strong = await make(world, *body["permissions"])
    one = f"{world.path}/roles/{strong['id']}"
    assert await status(world.admin, "PATCH", one, {"permissions": TRIAGE}) == 403
    assert await status(world.admin, "DELETE", one) == 403
    weak = await make(world, name="Weak", caller=world.admin)
    assert (
        await status(world.admin, "PATCH", f"{world.path}/roles/{weak['id']}", {"permissions": body["permissions"]})
        == 403
    )
    assert await status(world.admin, "PATCH", f"{world.path}/roles/{weak['id']}", {"name": "Weaker"}) == 200


@pytest.mark.parametrize(("who", "expected"), [("member", 403), ("viewer", 403), ("guest", 403), ("outsider", 404)])
async def test_roles_are_for_those_who_manage_members(world: World, status: Status, who: str, expected: int) -> None:
    role, caller = await make(world), getattr(world, who)
    one = f"{world.path}/roles/{role['id']}"
    assert await status(caller, "POST", f"{world.path}/roles", {"name": "x", "permissions": TRIAGE}) == expected
    assert await status(caller, "PATCH", one, {"name": "x"}) == expected
    assert await status(caller, "DELETE", one) == expected
    reads = {"member": 200, "viewer": 200, "guest": 403, "outsider": 404}
    assert await status(caller, "GET", one) == reads[who]


async def test_a_built_in_role_stays_as_it_is(api: Api, world: World) -> None:
    items = (await api.send(world.owner, "GET", f"{world.path}/roles")).json()["items"]
    one = f"{world.path}/roles/{items[-1]['id']}"
    answers = [await api.send(world.owner, "PATCH", one, {"name": "x"}), await api.send(world.owner, "DELETE", one)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "built_in_role")] * 2


async def test_a_role_somebody_has_is_not_taken_away(api: Api, world: World, status: Status) -> None:
    role = await make(world)
    one = f"{world.path}/roles/{role['id']}"
    await api.send(world.owner, "PATCH", f"{world.path}/members/{world.viewer}", {"role": role["id"]})
    refused = await api.send(world.owner, "DELETE", one)
    assert (refused.status_code, refused.json()["code"]) == (409, "role_given")
    await api.send(world.owner, "PATCH", f"{world.path}/members/{world.viewer}", {"role": "viewer"})
    assert await status(world.owner, "DELETE", one, if_match='"9"') == 412
    assert await status(world.owner, "DELETE", one) == 204
    assert await status(world.owner, "GET", one) == 404


async def test_other_roles_do_not_exist(world: World, status: Status) -> None:
    for role_id in (new_id(), "owner", "%00"):
        assert await status(world.owner, "GET", f"{world.path}/roles/{role_id}") == 404
        assert await status(world.owner, "PATCH", f"{world.path}/roles/{role_id}", {"name": "x"}) == 404


async def test_a_workspace_has_at_most_fifty_of_its_own(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.project.actions.roles.MOST_ROLES", 1)
    await make(world)
    refused = await api.send(world.owner, "POST", f"{world.path}/roles", {"name": "x", "permissions": TRIAGE})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many")


async def test_what_stays_the_same_makes_no_version(api: Api, world: World, event_types: EventTypes) -> None:
    role = await make(world)
    one = f"{world.path}/roles/{role['id']}"
    same = await api.send(world.owner, "PATCH", one, {"permissions": [*TRIAGE, *TRIAGE]}, if_match='"1"')
    assert (same.json(), same.headers["etag"]) == (role, '"1"')
    assert (await api.send(world.owner, "GET", one, if_none_match='"1"')).status_code == 304
    assert (await api.send(world.owner, "PATCH", one, {"name": "B"}, idempotency_key="k")).json()["version"] == 2
    assert (await api.send(world.owner, "PATCH", one, {"name": "B"}, idempotency_key="k")).json()["version"] == 2
    assert (await event_types(world.workspace_id)).count("role.updated.v1") == 1


async def test_a_narrow_credential_makes_no_roles(world: World, status: Status) -> None:
    body = {"name": "x", "permissions": TRIAGE}
    narrow = Principal(id=world.owner, scopes=frozenset({"workspaces:read"}))
    limited = Principal(id=world.owner, project_ids=frozenset({new_id()}))
    for caller in (narrow, limited):
        assert await status(caller, "POST", f"{world.path}/roles", body) == 403
    assert await status(narrow, "GET", f"{world.path}/roles") == 200
