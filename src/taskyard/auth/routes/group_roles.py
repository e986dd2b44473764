"""/identity-providers/{id}/group-roles: what the groups of a provider bring its people."""

from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from taskyard.auth.actions.federation import group_roles as actions
from taskyard.auth.models.federation import GroupRole, NewGroupRole
from taskyard.auth.permissions import require_own_account, require_sign_in
from taskyard.auth.routes.identity_providers import ONE as PROVIDER
from taskyard.auth.routes.identity_providers import READ, TAGS, WRITE
from taskyard.auth.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store
from taskyard.kit.cursors import Page
from taskyard.kit.write import write

PATH = f"{PROVIDER}/group-roles"


@get(PATH, tags=TAGS)
async def list_group_roles(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    provider_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GroupRole]:
    """What the groups of a provider bring, oldest first, for administrators."""
    require_own_account(caller, READ)
    listing = f"group roles of {provider_id}"
    after = cursors.after_id(listing, cursor)
    found = await actions.list_group_roles(database, caller, provider_id, after, limit + 1)
    return cursors.page(listing, found, limit, lambda group_role: [group_role.id])


@post(PATH, tags=TAGS, status_code=201)
async def create_group_role(
    request: Call, caller: Caller, database: Store, provider_id: PathId, data: JSONBody[NewGroupRole]
) -> Response[GroupRole]:
    """Let a group of a provider bring a role in a workspace, from the next sign-in of its people on.

    You must be able to give that role there, as long as it is to be given. 409 `group_role_known`.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    return await write(
        request,
        database,
        lambda tx: actions.create_group_role(tx, caller, provider_id, data),
        recheck=lambda tx: actions.require_provider(tx, caller, provider_id),
        status=201,
    )


@delete(f"{PATH}/{{group_role_id:str}}", tags=TAGS, status_code=204)
async def delete_group_role(
    request: Call, caller: Caller, database: Store, provider_id: PathId, group_role_id: PathId
) -> Response[None]:
    """Let a group bring nothing any more; who has a role by it loses it at their next sign-in."""
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    return await write(
        request,
        database,
        lambda tx: actions.delete_group_role(tx, caller, provider_id, group_role_id),
        recheck=lambda tx: actions.require_provider(tx, caller, provider_id),
    )


HANDLERS: list[HTTPRouteHandler] = [list_group_roles, create_group_role, delete_group_role]
