"""Two changes at the same moment: the second waits for the first and then sees what it did."""

import asyncio

import pytest

from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied
from taskyard.project.actions.invitations import accept_invitation
from taskyard.project.actions.members import change_role
from taskyard.project.actions.projects import update_project
from taskyard.project.actions.teams import delete_team
from taskyard.project.models.projects import Project, ProjectPatch
from taskyard.project.models.workspaces import Member
from tests.project.conftest import World
from tests.project.test_access import check

MOMENT = 0.3
"""Seconds in which the second transaction surely comes to its first lock."""


async def test_team_dissolved_while_its_project_is_opened_leaves_no_access(
    databases: dict[str, Database], world: World
) -> None:
    database, owner = databases["project"], Principal(id=world.owner)
    team = await world.team("Ops", world.guest)
    project = await world.project(visibility="private")
    await world.api.made(world.owner, f"/projects/{project['id']}/members", {"team_id": team})

    async def open_project() -> Project:
        async with database.transaction() as tx:
            return await update_project(tx, owner, project["id"], ProjectPatch(visibility="workspace"), None)

    async with database.transaction() as tx:
        await delete_team(tx, owner, team, None)
        opening = asyncio.ensure_future(open_project())
        await asyncio.sleep(MOMENT)
    await opening
    await check(database, world)


async def test_invitation_is_accepted_once(databases: dict[str, Database], world: World) -> None:
    database, path = databases["project"], f"{world.path}/members"
    email = f"late-{world.workspace_id}@example.com"
    answer = await world.api.send(world.owner, "POST", path, {"email": email})

    async def accept() -> Member:
        async with database.transaction() as tx:
            return await accept_invitation(tx, Principal(id=world.outsider), email, answer.json()["id"])

    async with database.transaction() as tx:
        await accept_invitation(tx, Principal(id=world.outsider), email, answer.json()["id"])
        second = asyncio.ensure_future(accept())
        await asyncio.sleep(MOMENT)
    with pytest.raises(NotFound):
        await second
    await check(database, world)


async def test_rights_lost_while_waiting_for_the_lock_are_lost(databases: dict[str, Database], world: World) -> None:
    database, path = databases["project"], (world.workspace_id, world.admin)

    async def demote_viewer() -> Member:
        async with database.transaction() as tx:
            return await change_role(tx, Principal(id=world.admin), (world.workspace_id, world.viewer), "guest", None)

    async with database.transaction() as tx:
        await change_role(tx, Principal(id=world.owner), path, "viewer", None)
        second = asyncio.ensure_future(demote_viewer())
        await asyncio.sleep(MOMENT)
    with pytest.raises(PermissionDenied):
        await second
