"""/oauth-clients: the programs for which a person registered an OAuth client."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.auth.actions.oauth import clients as actions
from taskyard.auth.models.oauth import NewOAuthClient, OAuthClient, OAuthClientPatch, OAuthClientWithSecret
from taskyard.auth.permissions import require_own_account, require_sign_in
from taskyard.auth.queries.oauth_clients import list_clients_of
from taskyard.auth.routes.provided import (
    SECRET,
    Call,
    Caller,
    Cursor,
    Cursors,
    Limit,
    PathId,
    Revocations,
    Store,
)
from taskyard.kit.cursors import Page
from taskyard.kit.etags import etag, expected_version
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of
from taskyard.kit.write import read, write

TAGS = ["OAuth clients"]
READ, WRITE = "oauth-clients:read", "oauth-clients:write"


@get(f"{API}/oauth-clients", tags=TAGS)
async def list_oauth_clients(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: Cursor = None
) -> Page[OAuthClient]:
    """The OAuth clients you registered, the newest first."""
    require_own_account(caller, READ)
    before = cursors.before_id("oauth-clients", cursor)
    found = await list_clients_of(database, caller.id, before, limit + 1)
    shown = [actions.as_owner_sees(client) for client in found]
    return cursors.page("oauth-clients", shown, limit, lambda client: [client.id])


@post(f"{API}/oauth-clients", tags=TAGS, status_code=201)
async def create_oauth_client(
    request: Call, caller: Caller, database: Store, data: JSONBody[NewOAuthClient]
) -> Response[OAuthClientWithSecret]:
    """Register a program that acts for people by OAuth. Its secret is told this once.

    Takes a sign-in of your own, no token of another program. Because the answer holds a secret, it is not stored: the
    Idempotency-Key header is ignored.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        client = await actions.create_client(tx, caller, data)
    headers = {**SECRET, "Location": f"{API}/oauth-clients/{client.id}", "ETag": etag(client.version)}
    return Response(client, status_code=201, headers=headers)


@get(f"{API}/oauth-clients/{{client_id:str}}", tags=TAGS)
async def get_oauth_client(request: Call, caller: Caller, database: Store, client_id: PathId) -> Response[OAuthClient]:
    """One of your OAuth clients."""
    require_own_account(caller, READ)
    return read(request, await actions.get_client(database, caller, client_id))


@patch(f"{API}/oauth-clients/{{client_id:str}}", tags=TAGS)
async def update_oauth_client(
    request: Call, caller: Caller, database: Store, client_id: PathId, data: JSONBody[OAuthClientPatch]
) -> Response[OAuthClient]:
    """Change the name, addresses or scopes of a client."""
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_client(tx, caller, client_id, data, expected),
        recheck=lambda tx: actions.get_client(tx, caller, client_id),
    )


@post(f"{API}/oauth-clients/{{client_id:str}}/rotate-secret", tags=TAGS, status_code=200)
async def rotate_oauth_client_secret(
    request: Call, caller: Caller, database: Store, client_id: PathId
) -> Response[OAuthClientWithSecret]:
    """Give a client another secret, which is told this once; the one before works no more.

    The Idempotency-Key header is ignored, as the answer holds a secret.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    expected = expected_version(request.scope)
    async with database.transaction(cause_of(request.scope)) as tx:
        client = await actions.rotate_secret(tx, caller, client_id, expected)
    return Response(client, status_code=200, headers={**SECRET, "ETag": etag(client.version)})


@delete(f"{API}/oauth-clients/{{client_id:str}}", tags=TAGS, status_code=204)
async def delete_oauth_client(
    request: Call, caller: Caller, database: Store, client_id: PathId, revocations: Revocations
) -> Response[None]:
    """Delete a client; everything that anybody allowed it ends within a second."""
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    answer = await write(request, database, lambda tx: actions.delete_client(tx, caller, client_id))
    revocations()
    return answer
