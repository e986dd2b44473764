"""Whoever sees something no longer is told once, alone, and of the largest thing they lost."""

import msgspec

from taskyard.kit.database import Database
from tests.project.conftest import World


async def told(databases: dict[str, Database], world: World) -> list[tuple[str, str | None]]:
    """Who was told of the loss of which project, None for the workspace."""
    rows = await databases["owner"].fetch(
        "SELECT audience_id::text, data FROM log.events WHERE workspace_id = $1 AND type = $2 ORDER BY id",
        world.workspace_id,
        "access.lost.v1",
    )
    return [(row[0], msgspec.json.decode(row[1])["project_id"]) for row in rows]


async def test_deleted_project_is_told_to_everybody_who_saw_it(databases: dict[str, Database], world: World) -> None:
    project = await world.project(visibility="private")
    await world.api.made(world.owner, f"/projects/{project['id']}/members", {"user_id": world.member, "role": "member"})
    await world.api.send(world.owner, "DELETE", f"/projects/{project['id']}")
    people = {person_id for person_id, name in await told(databases, world) if name == project["id"]}
    assert {world.owner, world.member} <= people
    assert world.viewer not in people


async def test_closed_project_is_told_to_those_outside(databases: dict[str, Database], world: World) -> None:
    project = await world.project(visibility="workspace")
    await world.api.send(world.owner, "PATCH", f"/projects/{project['id']}", {"visibility": "private"})
    people = {person_id for person_id, name in await told(databases, world) if name == project["id"]}
    assert world.member in people
    assert world.owner not in people


async def test_removed_member_is_told_of_the_workspace_alone(databases: dict[str, Database], world: World) -> None:
    await world.project(visibility="workspace")
    await world.api.send(world.owner, "DELETE", f"/workspaces/{world.workspace_id}/members/{world.member}")
    assert await told(databases, world) == [(world.member, None)]
