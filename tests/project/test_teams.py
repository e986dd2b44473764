"""Teams through the door."""

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.project.actions.teams import require_still_managing
from tests.project.conftest import Api, EventTypes, Status, World


async def test_admin_makes_a_team(api: Api, world: World) -> None:
    path = f"{world.path}/teams"
    response = await api.send(world.admin, "POST", path, {"name": " Ops "}, Idempotency_Key="t")
    team = response.json()
    assert (response.status_code, team["name"], team["version"]) == (201, "Ops", 1)
    again = await api.send(world.admin, "POST", path, {"name": " Ops "}, Idempotency_Key="t")
    assert again.json() == team
    taken = await api.send(world.admin, "POST", path, {"name": "OPS"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")


async def test_who_may_do_what_with_teams(status: Status, world: World) -> None:
    team = await world.team("Ops")
    for person, seen, changed in [
        (world.member, 200, 403),
        (world.viewer, 200, 403),
        (world.guest, 403, 403),
        (world.outsider, 404, 404),
    ]:
        assert await status(person, "GET", f"{world.path}/teams") == seen
        assert await status(person, "GET", f"/teams/{team}") == seen
        assert await status(person, "GET", f"/teams/{team}/members") == seen
        assert await status(person, "POST", f"{world.path}/teams", {"name": "Other"}) == changed
        assert await status(person, "PATCH", f"/teams/{team}", {"name": "Other"}) == changed
        assert await status(person, "POST", f"/teams/{team}/members", {"user_id": world.member}) == changed
        assert await status(person, "DELETE", f"/teams/{team}/members/{world.member}") == changed
        assert await status(person, "DELETE", f"/teams/{team}") == changed
    assert await status(world.owner, "GET", "/teams/nonsense") == 404


async def test_team_is_renamed(api: Api, status: Status, world: World) -> None:
    team, other = await world.team("Ops"), await world.team("Sales")
    response = await api.send(world.admin, "PATCH", f"/teams/{team}", {"name": "Run"}, If_Match='"1"')
    assert (response.status_code, response.json()["name"], response.headers["etag"]) == (200, "Run", '"2"')
    assert await status(world.admin, "PATCH", f"/teams/{team}", {"name": "Other"}, If_Match='"1"') == 412
    assert await status(world.admin, "PATCH", f"/teams/{other}", {"name": "run"}) == 409
    same = await api.send(world.admin, "PATCH", f"/teams/{team}", {})
    assert same.json()["version"] == 2
    assert await status(world.admin, "PATCH", f"/teams/{team}", {"name": "\n"}) == 422


async def test_team_gives_its_people_its_projects(status: Status, world: World) -> None:
    team = await world.team("Ops", world.guest)
    project = await world.project(visibility="private")
    path = f"/projects/{project['id']}"
    assert await status(world.guest, "GET", path) == 404
    await world.api.made(world.owner, f"{path}/members", {"team_id": team, "role": "viewer"})
    assert await status(world.guest, "GET", path) == 200
    assert await status(world.admin, "DELETE", f"/teams/{team}/members/{world.guest}") == 204
    assert await status(world.guest, "GET", path) == 404
    await world.api.made(world.admin, f"/teams/{team}/members", {"user_id": world.guest})
    assert await status(world.guest, "GET", path) == 200
    assert await status(world.admin, "DELETE", f"/teams/{team}", If_Match='"4"') == 412
    assert await status(world.admin, "DELETE", f"/teams/{team}") == 204
    assert await status(world.guest, "GET", path) == 404
    assert await status(world.admin, "GET", f"/teams/{team}") == 404


async def test_team_members_come_and_go(api: Api, status: Status, world: World, event_types: EventTypes) -> None:
    team = await world.team("Ops", world.member, world.viewer)
    path = f"/teams/{team}/members"
    assert await status(world.admin, "POST", path, {"user_id": world.member}) == 409
    assert await status(world.admin, "POST", path, {"user_id": world.outsider}) == 422
    assert await status(world.admin, "POST", path, {"user_id": "nonsense"}) == 422
    first = (await api.send(world.viewer, "GET", f"{path}?limit=1")).json()
    second = (await api.send(world.viewer, "GET", f"{path}?limit=1&cursor={first['next_cursor']}")).json()
    listed = [item["user_id"] for item in first["items"] + second["items"]]
    assert listed == sorted([world.member, world.viewer])
    assert await status(world.admin, "DELETE", f"{path}/{world.member}") == 204
    assert await status(world.admin, "DELETE", f"{path}/{world.member}") == 404
    assert await status(world.admin, "DELETE", f"{path}/nonsense") == 404
    assert (await event_types(world.workspace_id))[-3:] == [
        "team_member.added.v1",
        "team_member.added.v1",
        "team_member.removed.v1",
    ]


async def test_teams_are_listed_page_by_page(api: Api, status: Status, world: World) -> None:
    made = [await world.team(name) for name in ("A", "B", "C")]
    path = f"{world.path}/teams"
    first = (await api.send(world.member, "GET", f"{path}?limit=2")).json()
    second = (await api.send(world.member, "GET", f"{path}?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + second["items"]] == made
    assert await status(world.member, "GET", f"/workspaces/{new_id()}/teams") == 404
    assert await status(world.member, "GET", f"{world.path}/members?cursor={first['next_cursor']}") == 422


async def test_dissolved_team_leaves_its_people_and_projects_aloud(
    status: Status, world: World, event_types: EventTypes
) -> None:
    team = await world.team("Ops", world.member)
    project = await world.project(visibility="private")
    await world.api.made(world.owner, f"/projects/{project['id']}/members", {"team_id": team})
    assert await status(world.admin, "DELETE", f"/teams/{team}") == 204
    assert (await event_types(world.workspace_id))[-4:] == [
        "team_member.removed.v1",
        "project_member.removed.v1",
        "access.lost.v1",
        "team.deleted.v1",
    ]


async def test_stored_answer_about_no_team_is_not_found(databases: dict[str, Database], world: World) -> None:
    async with databases["project"].transaction() as tx:
        with pytest.raises(NotFound):
            await require_still_managing(tx, Principal(id=world.admin), new_id())
