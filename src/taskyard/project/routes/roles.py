"""/workspaces/{id}/roles: the built-in roles, and those a workspace makes itself."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import read, write
from taskyard.project.actions import roles as actions
from taskyard.project.actions.workspaces import get_workspace
from taskyard.project.models.roles import NewRole, Role, RoleChange
from taskyard.project.queries import roles as queries
from taskyard.project.routes.provided import Call, Caller, PathId, Store

PATH = "/api/v1/workspaces/{workspace_id:str}/roles"
ONE = PATH + "/{role_id:str}"
TAGS = ["Roles"]


@post(PATH, tags=TAGS, status_code=201)
async def create_role(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, data: JSONBody[NewRole]
) -> Response[Role]:
    """Make a role. It can allow nothing that you may not yourself. 409 `too_many`."""
    require_scope(caller, "workspaces:admin")
    data.name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: actions.create_role(tx, caller, workspace_id, data),
        recheck=lambda tx: get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
        status=201,
        location="/api/v1/workspaces/{workspace_id}/roles/{id}",
    )


@get(PATH, tags=TAGS)
async def list_roles(caller: Caller, database: Store, workspace_id: PathId) -> Page[Role]:
    """The roles members can have here, the strongest first."""
    require_scope(caller, "workspaces:read")
    await get_workspace(database, caller, workspace_id, Permission.WORKSPACE_VIEW)
    return Page(await queries.list_roles(database, workspace_id), None)


@get(ONE, tags=TAGS)
async def get_role(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, role_id: PathId
) -> Response[Role]:
    """One role."""
    require_scope(caller, "workspaces:read")
    return read(request, await actions.get_role(database, caller, workspace_id, role_id))


@patch(ONE, tags=TAGS)
async def update_role(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    workspace_id: PathId,
    role_id: PathId,
    data: JSONBody[RoleChange],
) -> Response[Role]:
    """Change a role of the workspace's own; it bites on the next request. 409 `built_in_role`."""
    require_scope(caller, "workspaces:admin")
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_role(tx, caller, (workspace_id, role_id), data, expected),
        recheck=lambda tx: get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_role(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, role_id: PathId
) -> Response[None]:
    """Take a role away that nobody has any more. 409 `built_in_role`, `role_given`."""
    require_scope(caller, "workspaces:admin")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_role(tx, caller, (workspace_id, role_id), expected),
        recheck=lambda tx: get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
    )


HANDLERS = [create_role, list_roles, get_role, update_role, delete_role]
