"""Projects made after the pattern of another, through the door."""

from typing import Any

import msgspec
import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World
from tests.project.test_stats import add_task

DIFFERENT = {"id", "project_id", "created_at", "updated_at", "version"}


def alike(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in thing.items() if name not in DIFFERENT} for thing in things]


async def arranged(api: Api, world: World) -> str:
    """A project with something of each kind."""
    path = f"/projects/{(await world.project('OLD', description='Ours', visibility='private'))['id']}"
    body = {"name": "Blocked", "category": "in_progress", "wip_limit": 2, "is_default": True, "rank": 2}
    await api.made(world.owner, f"{path}/states", body)
    way = {"from": None, "to": "blocked", "roles": ["admin"], "required_fields": ["due"]}
    await api.send(world.owner, "PUT", f"{path}/workflow", {"is_enforced": True, "transitions": [way]})
    await api.made(world.owner, f"{path}/labels", {"name": "Bug", "group": "Kind"})
    label = (await api.send(world.owner, "GET", f"{path}/labels")).json()["items"][0]["id"]
    await api.made(world.owner, f"{path}/templates", {"name": "Report", "label_ids": [label, new_id()]})
    field = {"key": "size", "name": "Size", "kind": "number", "default": 3}
    await api.made(world.owner, f"{path}/fields", field)
    return path


async def test_copy_is_arranged_like_its_pattern(api: Api, world: World, event_types: EventTypes) -> None:
    path = await arranged(api, world)
    response = await api.send(
        world.admin, "POST", f"{path}/duplicate", {"key": "NEW", "name": " New "}, Idempotency_Key="d"
    )
    project = response.json()
    assert (response.status_code, project["key"], project["name"]) == (201, "NEW", "New")
    assert (project["description"], project["visibility"], project["created_by"]) == ("Ours", "private", world.admin)
    again = await api.send(
        world.admin, "POST", f"{path}/duplicate", {"key": "NEW", "name": " New "}, Idempotency_Key="d"
    )
    assert again.json() == project
    copy = f"/projects/{project['id']}"
    for part in ("states", "labels", "fields"):
        old, new = [(await api.send(world.admin, "GET", f"{one}/{part}")).json()["items"] for one in (path, copy)]
        assert alike(old) == alike(new)
        assert {thing["id"] for thing in old}.isdisjoint(thing["id"] for thing in new)
    [template] = (await api.send(world.admin, "GET", f"{copy}/templates")).json()["items"]
    [label] = (await api.send(world.admin, "GET", f"{copy}/labels")).json()["items"]
    assert (template["name"], template["label_ids"]) == ("Report", [label["id"]])
    old, new = [(await api.send(world.admin, "GET", f"{one}/workflow")).json() for one in (path, copy)]
    assert alike([old]) == alike([new])
    members = (await api.send(world.admin, "GET", f"{copy}/members")).json()["items"]
    assert [(one["user_id"], one["role"]) for one in members] == [(world.admin, "admin")]
    told = (await event_types(world.workspace_id))[-13:]
    assert (told[0], told[-1]) == ("project.created.v1", "project_member.added.v1")
    assert told.count("state.created.v1") == 7


async def test_who_may_copy(api: Api, status: Status, world: World) -> None:
    path, body = f"/projects/{(await world.project())['id']}/duplicate", {"key": "NEW", "name": "New"}
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    limited = Principal(id=world.owner, project_ids=frozenset({path.split("/")[2]}))
    for person in (world.viewer, read_only, limited):
        assert await status(person, "POST", path, body) == 403
    for person in (world.guest, world.outsider):
        assert await status(person, "POST", path, body) == 404
    assert await status(world.owner, "POST", f"/projects/{new_id()}/duplicate", body) == 404
    assert await status(world.member, "POST", path, body) == 201
    taken = await api.send(world.member, "POST", path, body)
    assert (taken.status_code, taken.json()["code"]) == (409, "key_taken")


async def test_its_tasks_are_asked_for_by_an_event_for_who_asked(
    api: Api, world: World, databases: dict[str, Database]
) -> None:
    path, body = f"/projects/{(await world.project())['id']}/duplicate", {"key": "NEW", "name": "New"}
    without = await api.made(world.admin, path, body)
    first, again = [
        await api.send(world.admin, "POST", path, {**body, "key": "TWO", "tasks": True}, Idempotency_Key="t")
        for _ in range(2)
    ]
    told = await databases["owner"].fetch(
        "SELECT resource_id::text, audience_id::text, data FROM log.events WHERE type = $1 AND workspace_id = $2",
        *("project_copy.created.v1", world.workspace_id),
    )
    project = first.json()
    assert (without["job_id"], again.json()) == (None, project)
    assert [tuple(row[:2]) for row in told] == [(project["id"], world.admin)]
    assert msgspec.json.decode(told[0][2]) == {
        "id": project["id"],
        "workspace_id": world.workspace_id,
        "source_id": path.split("/")[2],
        "asked_by": world.admin,
        "job_id": project["job_id"],
    }


async def test_its_tasks_take_their_scope_and_must_be_few(
    api: Api, world: World, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await world.project()
    path, body = f"/projects/{source['id']}/duplicate", {"key": "NEW", "name": "New", "tasks": True}
    of_projects = Principal(id=world.owner, scopes=frozenset({"projects:write"}))
    refused = await api.send(of_projects, "POST", path, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    monkeypatch.setattr("taskyard.project.actions.project_copies.MOST_TASKS", 1)
    await add_task(databases["owner"], world, source["id"], 1)
    assert (await api.send(of_projects, "POST", path, body | {"tasks": False})).status_code == 201
    await add_task(databases["owner"], world, source["id"], 2)
    many = await api.send(world.owner, "POST", path, body | {"key": "TWO"})
    assert (many.status_code, many.json()["code"]) == (409, "too_many_tasks")
    assert (await api.send(world.owner, "POST", path, body | {"key": "TWO", "tasks": False})).status_code == 201


@pytest.mark.parametrize(
    "wrong", [{"key": "new"}, {"name": " "}, {"visibility": "private"}, {"key": None}, {"tasks": "yes"}]
)
async def test_malformed_copy_is_refused(status: Status, world: World, wrong: dict[str, Any]) -> None:
    path = f"/projects/{(await world.project())['id']}/duplicate"
    assert await status(world.owner, "POST", path, {"key": "NEW", "name": "New", **wrong}) == 422
