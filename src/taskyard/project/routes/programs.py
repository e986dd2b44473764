"""/workspaces/{id}/service-accounts: programs with a place in a workspace. Their keys are auth's."""

from collections.abc import Awaitable, Callable

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import Principal, require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import T, read, write
from taskyard.project.actions import programs as actions
from taskyard.project.actions.workspaces import get_workspace
from taskyard.project.models.programs import NewServiceAccount, ServiceAccount, ServiceAccountPatch
from taskyard.project.queries import programs as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Revocations, Store

PATH = "/api/v1/workspaces/{workspace_id:str}/service-accounts"
ONE = PATH + "/{account_id:str}"
TAGS = ["Service accounts"]
READ, ADMIN = "workspaces:read", "workspaces:admin"


@post(PATH, tags=TAGS, status_code=201)
async def create_service_account(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, data: JSONBody[NewServiceAccount]
) -> Response[ServiceAccount]:
    """Give a program a place and a role in the workspace; it signs in by API keys of its own alone.

    Its role allows nothing that yours does not, and never to delete the workspace. 409 `too_many`.
    """
    require_scope(caller, ADMIN)
    data.name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: actions.create_service_account(tx, caller, workspace_id, data),
        recheck=_still_managing(caller, workspace_id),
        status=201,
        location="/api/v1/workspaces/{workspace_id}/service-accounts/{id}",
    )


@get(PATH, tags=TAGS)
async def list_service_accounts(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    workspace_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ServiceAccount]:
    """The service accounts of a workspace, oldest first, without those that were deleted."""
    require_scope(caller, READ)
    listing = f"service accounts of {workspace_id}"
    after = cursors.after_id(listing, cursor)
    await get_workspace(database, caller, workspace_id, Permission.WORKSPACE_VIEW)
    found = await queries.list_service_accounts(database, workspace_id, after, limit + 1)
    return cursors.page(listing, found, limit, lambda account: [account.id])


@get(ONE, tags=TAGS)
async def get_service_account(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, account_id: PathId
) -> Response[ServiceAccount]:
    """One service account. A deleted one is still shown, with `deleted_at`: history goes on naming its id."""
    require_scope(caller, READ)
    return read(request, await actions.get_service_account(database, caller, (workspace_id, account_id)))


@patch(ONE, tags=TAGS)
async def update_service_account(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    workspace_id: PathId,
    account_id: PathId,
    data: JSONBody[ServiceAccountPatch],
) -> Response[ServiceAccount]:
    """Give a service account another name or role; a role bites on the next request."""
    require_scope(caller, ADMIN)
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_service_account(tx, caller, (workspace_id, account_id), data, expected),
        recheck=_still_managing(caller, workspace_id),
    )


@post(ONE + "/disable", tags=TAGS, status_code=200)
async def disable_service_account(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    workspace_id: PathId,
    account_id: PathId,
    revocations: Revocations,
) -> Response[ServiceAccount]:
    """Let a service account in no more; its API keys are refused within a second."""
    require_scope(caller, ADMIN)
    account = (workspace_id, account_id)
    answer = await _change(
        request, database, lambda tx: actions.disable_service_account(tx, caller, account), caller, workspace_id
    )
    revocations()
    return answer


@post(ONE + "/enable", tags=TAGS, status_code=200)
async def enable_service_account(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    workspace_id: PathId,
    account_id: PathId,
    revocations: Revocations,
) -> Response[ServiceAccount]:
    """Let a service account in again, by the keys it has."""
    require_scope(caller, ADMIN)
    account = (workspace_id, account_id)
    answer = await _change(
        request, database, lambda tx: actions.enable_service_account(tx, caller, account), caller, workspace_id
    )
    revocations()
    return answer


@delete(ONE, tags=TAGS, status_code=204)
async def delete_service_account(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    workspace_id: PathId,
    account_id: PathId,
    revocations: Revocations,
) -> Response[None]:
    """End a service account for good, with its keys, its places in teams and its roles in projects."""
    require_scope(caller, ADMIN)
    expected, account = expected_version(request.scope), (workspace_id, account_id)
    answer = await _change(
        request,
        database,
        lambda tx: actions.delete_service_account(tx, caller, account, expected),
        caller,
        workspace_id,
    )
    revocations()
    return answer


async def _change(
    request: Call,
    database: Database,
    act: Callable[[Transaction], Awaitable[T]],
    caller: Principal,
    workspace_id: str,
) -> Response[T]:
    return await write(request, database, act, recheck=_still_managing(caller, workspace_id))


def _still_managing(caller: Principal, workspace_id: str) -> Callable[[Transaction], Awaitable[object]]:
    """Refuses a stored answer to who may not manage members any more."""
    return lambda tx: get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)


HANDLERS = [
    create_service_account,
    list_service_accounts,
    get_service_account,
    update_service_account,
    disable_service_account,
    enable_service_account,
    delete_service_account,
]
