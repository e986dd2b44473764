"""/workspaces: the worlds that companies work in."""

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import read, write
from taskyard.project.actions import workspaces as actions
from taskyard.project.models.workspaces import NewWorkspace, Workspace, WorkspacePatch
from taskyard.project.queries import workspaces as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

PATH = "/api/v1/workspaces"
TAGS = ["Workspaces"]


@post(PATH, tags=TAGS, status_code=201)
async def create_workspace(
    request: Call, caller: Caller, database: Store, data: JSONBody[NewWorkspace]
) -> Response[Workspace]:
    """Make a workspace and become its owner. 409 `slug_taken`."""
    require_scope(caller, "workspaces:write")
    data.name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: actions.create_workspace(tx, caller, data),
        recheck_answer=lambda tx, body: actions.require_still_held(
            tx, caller, msgspec.json.decode(body, type=Workspace).id, actions.VISIBLE
        ),
        status=201,
        location=PATH + "/{id}",
    )


@get(PATH, tags=TAGS)
async def list_workspaces(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: Cursor = None
) -> Page[Workspace]:
    """The workspaces you belong to, oldest first."""
    require_scope(caller, "workspaces:read")
    after = cursors.after_id("workspaces", cursor)
    rows = await queries.list_workspaces(database, caller.access_id, after, limit + 1)
    return cursors.page("workspaces", rows, limit, lambda row: [row.id])


@get(PATH + "/{workspace_id:str}", tags=TAGS)
async def get_workspace(request: Call, caller: Caller, database: Store, workspace_id: PathId) -> Response[Workspace]:
    """One workspace you belong to."""
    require_scope(caller, "workspaces:read")
    return read(request, await actions.get_workspace(database, caller, workspace_id, actions.VISIBLE))


@patch(PATH + "/{workspace_id:str}", tags=TAGS)
async def update_workspace(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, data: JSONBody[WorkspacePatch]
) -> Response[Workspace]:
    """Change the name, the slug, who must sign in with a second factor, and whether projects may be public.

    With `require_mfa` all must, to see anything of the workspace. Without `public_projects` all that are public close.
    Who asks that of others must have signed in so: 403 `mfa_required`. 409 `slug_taken`.
    """
    require_scope(caller, "workspaces:write")
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_workspace(tx, caller, workspace_id, data, expected),
        recheck=lambda tx: actions.get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_EDIT),
    )


@delete(PATH + "/{workspace_id:str}", tags=TAGS, status_code=204)
async def delete_workspace(request: Call, caller: Caller, database: Store, workspace_id: PathId) -> Response[None]:
    """Move a workspace to the trash with everything in it. Owners only."""
    require_scope(caller, "workspaces:admin")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_workspace(tx, caller, workspace_id, expected),
        recheck=lambda tx: actions.require_still_held(tx, caller, workspace_id, Permission.WORKSPACE_DELETE),
    )


HANDLERS = [create_workspace, list_workspaces, get_workspace, update_workspace, delete_workspace]
