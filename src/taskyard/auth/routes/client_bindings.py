"""/service-accounts/{id}/oauth-clients: the OAuth clients that act as a service account."""

from litestar import Response, delete, get, put
from litestar.params import JSONBody

from taskyard.auth.actions.oauth import bindings as actions
from taskyard.auth.actions.programs import find_owner
from taskyard.auth.models.oauth import Binding, NewBinding
from taskyard.auth.permissions import require_sign_in
from taskyard.auth.queries.bindings import list_bindings
from taskyard.auth.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Revocations, Store
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write

PATH = f"{API}/service-accounts/{{account_id:str}}/oauth-clients"
ONE = PATH + "/{client_id:str}"
TAGS = ["Service accounts"]
READ, WRITE = "oauth-clients:read", "oauth-clients:write"


@get(PATH, tags=TAGS)
async def list_service_account_clients(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    account_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Binding]:
    """The OAuth clients that act as a service account, oldest first, for who manages the members of its workspace."""
    require_scope(caller, READ)
    owner = await find_owner(database, caller, account_id)
    listing = f"oauth clients of {owner.id}"
    found = await list_bindings(database, owner.id, cursors.after_id(listing, cursor), limit + 1)
    return cursors.page(listing, found, limit, lambda binding: [binding.id])


@put(ONE, tags=TAGS, status_code=200)
async def bind_service_account_client(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    account_id: PathId,
    client_id: PathId,
    data: JSONBody[NewBinding],
    revocations: Revocations,
) -> Response[Binding]:
    """Let an OAuth client of yours act as a service account by `client_credentials`, within `scopes`.

    Only who may all that the account may binds clients to it, and only after a sign-in. Other scopes end the tokens
    that the client has. 409 `client_bound` while it acts as another account, and `not_for_itself` for a client without
    a secret or without the grant.
    """
    require_scope(caller, WRITE)
    require_sign_in(caller)

    async def act(tx: Transaction) -> Binding:
        owner = await find_owner(tx, caller, account_id, giving=True)
        return await actions.bind_client(tx, caller, owner, client_id, data)

    answer = await write(request, database, act, recheck=lambda tx: find_owner(tx, caller, account_id, giving=True))
    revocations()
    return answer


@delete(ONE, tags=TAGS, status_code=204)
async def unbind_service_account_client(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    account_id: PathId,
    client_id: PathId,
    revocations: Revocations,
) -> Response[None]:
    """Let an OAuth client act as a service account no more; its tokens end within a second."""
    require_scope(caller, WRITE)
    require_sign_in(caller)

    async def act(tx: Transaction) -> None:
        owner = await find_owner(tx, caller, account_id)
        await actions.unbind_client(tx, owner, client_id)

    answer = await write(request, database, act, recheck=lambda tx: find_owner(tx, caller, account_id))
    revocations()
    return answer


HANDLERS = [list_service_account_clients, bind_service_account_client, unbind_service_account_client]
