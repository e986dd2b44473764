"""The workflow of a project, and what somebody may do there, through the door."""

from typing import Any

import pytest

from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World


@pytest.fixture
async def path(world: World) -> str:
    return f"/projects/{(await world.project())['id']}/workflow"


def workflow(*transitions: dict[str, Any], is_enforced: bool = True) -> dict[str, Any]:
    return {"is_enforced": is_enforced, "transitions": list(transitions)}


async def test_tasks_of_a_new_project_go_any_way(api: Api, world: World, path: str) -> None:
    answer = await api.send(world.viewer, "GET", path)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert (answer.json()["is_enforced"], answer.json()["transitions"]) == (False, [])


async def test_workflow_is_replaced_as_a_whole(api: Api, world: World, path: str, event_types: EventTypes) -> None:
    roles = (await api.send(world.admin, "GET", f"{world.path}/roles")).json()["items"]
    owner = next(role["id"] for role in roles if role["key"] == "owner")
    body = workflow(
        {"from": "todo", "to": "done", "roles": ["admin", owner, "owner"], "required_fields": ["estimate", "due"]},
        {"from": None, "to": "cancelled"},
    )
    answer = await api.send(world.admin, "PUT", path, body, If_Match='"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["transitions"] == [
        {"from": None, "to": "cancelled", "roles": [], "required_fields": []},
        {"from": "todo", "to": "done", "roles": ["owner", "admin"], "required_fields": ["estimate", "due"]},
    ]
    assert (await api.send(world.viewer, "GET", path)).json() == answer.json()
    assert (await event_types(world.workspace_id))[-1] == "workflow.updated.v1"
    assert (await api.send(world.admin, "PUT", path, body)).headers["etag"] == '"2"'
    assert (await api.send(world.admin, "PUT", path, body, If_Match='"1"')).status_code == 412
    freed = await api.send(world.admin, "PUT", path, workflow(is_enforced=False))
    assert (freed.headers["etag"], freed.json()["transitions"]) == ('"3"', [])


@pytest.mark.parametrize(
    ("transition", "pointer"),
    [
        ({"from": "nowhere", "to": "done"}, "/transitions/1/from"),
        ({"from": "todo", "to": "nowhere"}, "/transitions/1/to"),
        ({"from": "done", "to": "done"}, "/transitions/1"),
        ({"from": "todo", "to": "done", "roles": ["admin", "emperor"]}, "/transitions/1/roles/1"),
        ({"from": "todo", "to": "done", "required_fields": ["colour"]}, "/transitions/1/required_fields/0"),
        ({"from": "todo", "to": "in_progress"}, "/transitions/1"),
        ({"to": "done"}, "/transitions/1/from"),
        ({"from": "todo", "to": "done", "who": "me"}, "/transitions/1/who"),
    ],
)
async def test_malformed_transition_is_named(
    api: Api, world: World, path: str, transition: dict[str, Any], pointer: str
) -> None:
    body = workflow({"from": "todo", "to": "in_progress"}, transition)
    answer = await api.send(world.admin, "PUT", path, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_deleted_state_takes_its_transitions_along(api: Api, world: World, path: str) -> None:
    await api.send(
        world.admin, "PUT", path, workflow({"from": "todo", "to": "done"}, {"from": "backlog", "to": "todo"})
    )
    states = path.replace("workflow", "states")
    listed = (await api.send(world.admin, "GET", states)).json()["items"]
    done = next(state["id"] for state in listed if state["key"] == "done")
    await api.send(world.admin, "DELETE", f"{states}/{done}?move_to=cancelled")
    answer = await api.send(world.admin, "GET", path)
    assert [(one["from"], one["to"]) for one in answer.json()["transitions"]] == [("backlog", "todo")]
    assert answer.headers["etag"] == '"3"'


async def test_who_may_replace_the_workflow(status: Status, world: World, path: str) -> None:
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "PUT", path, workflow()) == expected
    assert await status(world.guest, "GET", path) == 404
    assert await status(world.admin, "PUT", path, workflow(), Idempotency_Key="w") == 200
    assert await status(world.admin, "PUT", path, workflow(), Idempotency_Key="w") == 200


async def test_capabilities_are_permissions_and_roles(api: Api, status: Status, world: World) -> None:
    project = f"/projects/{(await world.project())['id']}"
    mine = (await api.send(world.viewer, "GET", f"{project}/capabilities")).json()
    assert (mine["permissions"], mine["roles"], mine["is_archived"]) == (["project_view"], ["viewer"], False)
    await api.made(world.owner, f"{project}/members", {"user_id": world.guest, "role": "admin"})
    granted = (await api.send(world.guest, "GET", f"{project}/capabilities")).json()
    assert ("project_edit" in granted["permissions"], granted["roles"]) == (True, ["admin", "guest"])
    team = await world.team("Ops", world.viewer)
    await api.made(world.owner, f"{project}/members", {"team_id": team, "role": "member"})
    assert (await api.send(world.viewer, "GET", f"{project}/capabilities")).json()["roles"] == ["member", "viewer"]
    await api.send(world.owner, "POST", f"{project}/archive")
    assert (await api.send(world.viewer, "GET", f"{project}/capabilities")).json()["is_archived"] is True
    assert await status(world.outsider, "GET", f"{project}/capabilities") == 404


async def test_way_of_a_deleted_role_does_not_open_to_all(api: Api, world: World, path: str) -> None:
    role = await api.made(world.owner, f"{world.path}/roles", {"name": "Lead", "permissions": ["project_view"]})
    way = {"from": "todo", "to": "done", "roles": [role["id"]]}
    await api.send(world.owner, "PUT", path, workflow(way, {"from": "backlog", "to": "todo"}))
    assert (await api.send(world.owner, "DELETE", f"{world.path}/roles/{role['id']}")).status_code == 204
    states = (await api.send(world.owner, "GET", path.replace("workflow", "states"))).json()["items"]
    backlog = next(state["id"] for state in states if state["key"] == "backlog")
    await api.send(world.owner, "DELETE", f"{path.replace('workflow', 'states')}/{backlog}?move_to=todo")
    kept = (await api.send(world.owner, "GET", path)).json()["transitions"]
    assert [(one["from"], one["roles"]) for one in kept] == [("todo", [role["id"]])]
