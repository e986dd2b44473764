"""/teams: people who act in projects as one."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import read, write
from taskyard.project.actions import teams as actions
from taskyard.project.actions.workspaces import get_workspace
from taskyard.project.models.teams import NewTeam, NewTeamMember, Team, TeamMember, TeamPatch
from taskyard.project.queries import teams as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

OF_WORKSPACE = "/api/v1/workspaces/{workspace_id:str}/teams"
ONE = "/api/v1/teams/{team_id:str}"
TAGS = ["Teams"]


@post(OF_WORKSPACE, tags=TAGS, status_code=201)
async def create_team(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, data: JSONBody[NewTeam]
) -> Response[Team]:
    """Make a team. 409 `name_taken`."""
    require_scope(caller, "teams:write")
    name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: actions.create_team(tx, caller, workspace_id, name),
        recheck=lambda tx: get_workspace(tx, caller, workspace_id, Permission.TEAM_MANAGE),
        status=201,
        location="/api/v1/teams/{id}",
    )


@get(OF_WORKSPACE, tags=TAGS)
async def list_teams(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    workspace_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Team]:
    """The teams of a workspace, oldest first."""
    require_scope(caller, "teams:read")
    listing = f"teams of {workspace_id}"
    after = cursors.after_id(listing, cursor)
    await get_workspace(database, caller, workspace_id, Permission.WORKSPACE_VIEW)
    rows = await queries.list_teams(database, workspace_id, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@get(ONE, tags=TAGS)
async def get_team(request: Call, caller: Caller, database: Store, team_id: PathId) -> Response[Team]:
    """One team."""
    require_scope(caller, "teams:read")
    return read(request, await actions.get_team(database, caller, team_id, Permission.WORKSPACE_VIEW))


@patch(ONE, tags=TAGS)
async def update_team(
    request: Call, caller: Caller, database: Store, team_id: PathId, data: JSONBody[TeamPatch]
) -> Response[Team]:
    """Rename a team. 409 `name_taken`."""
    require_scope(caller, "teams:write")
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_team(tx, caller, team_id, data, expected),
        recheck=lambda tx: actions.get_team(tx, caller, team_id, Permission.TEAM_MANAGE),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_team(request: Call, caller: Caller, database: Store, team_id: PathId) -> Response[None]:
    """Dissolve a team; its roles in projects end."""
    require_scope(caller, "teams:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_team(tx, caller, team_id, expected),
        recheck=lambda tx: actions.require_still_managing(tx, caller, team_id),
    )


@post(ONE + "/members", tags=TAGS, status_code=201)
async def add_team_member(
    request: Call, caller: Caller, database: Store, team_id: PathId, data: JSONBody[NewTeamMember]
) -> Response[TeamMember]:
    """Put a member of the workspace into a team. 409 `already_member`."""
    require_scope(caller, "teams:write")
    return await write(
        request,
        database,
        lambda tx: actions.add_team_member(tx, caller, team_id, data.user_id),
        recheck=lambda tx: actions.get_team(tx, caller, team_id, Permission.TEAM_MANAGE),
        status=201,
        location="/api/v1/teams/{team_id}/members",
    )


@get(ONE + "/members", tags=TAGS)
async def list_team_members(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    team_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TeamMember]:
    """The people in a team."""
    require_scope(caller, "teams:read")
    listing = f"members of team {team_id}"
    after = cursors.after_id(listing, cursor)
    team = await actions.get_team(database, caller, team_id, Permission.WORKSPACE_VIEW)
    rows = await queries.list_team_members(database, team, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.user_id])


@delete(ONE + "/members/{user_id:str}", tags=TAGS, status_code=204)
async def remove_team_member(
    request: Call, caller: Caller, database: Store, team_id: PathId, user_id: PathId
) -> Response[None]:
    """Take somebody out of a team."""
    require_scope(caller, "teams:write")
    return await write(
        request,
        database,
        lambda tx: actions.remove_team_member(tx, caller, team_id, user_id),
        recheck=lambda tx: actions.require_still_managing(tx, caller, team_id),
    )


HANDLERS = [
    create_team,
    list_teams,
    get_team,
    update_team,
    delete_team,
    add_team_member,
    list_team_members,
    remove_team_member,
]
