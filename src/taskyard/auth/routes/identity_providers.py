"""/identity-providers: by whom people may sign in, for administrators of the deployment."""

from litestar import Response, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from taskyard.auth.actions.federation import providers as actions
from taskyard.auth.models.federation import IdentityProvider, IdentityProviderPatch, NewIdentityProvider
from taskyard.auth.permissions import require_own_account, require_sign_in
from taskyard.auth.routes.provided import Call, Caller, Cursor, Cursors, Federation, Limit, PathId, Store
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.write import read, write

PATH = f"{API}/identity-providers"
ONE = f"{PATH}/{{provider_id:str}}"
TAGS = ["Identity providers"]
READ, WRITE = "identity-providers:read", "identity-providers:write"


@get(PATH, tags=TAGS)
async def list_identity_providers(
    *,
    caller: Caller,
    database: Store,
    federation: Federation,
    cursors: Cursors,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[IdentityProvider]:
    """Identity providers, oldest first, for administrators. 403 for everybody else."""
    require_own_account(caller, READ)
    after = cursors.after_id("identity-providers", cursor)
    found = await actions.list_providers(database, federation, caller, after, limit + 1)
    return cursors.page("identity-providers", found, limit, lambda provider: [provider.id])


@post(PATH, tags=TAGS, status_code=201)
async def create_identity_provider(
    request: Call, caller: Caller, database: Store, federation: Federation, data: JSONBody[NewIdentityProvider]
) -> Response[IdentityProvider]:
    """Let people sign in by an OpenID provider, once it answers at its issuer as the standard says.

    Register Taskyard there with the `callback` of the answer, which is known before:
    `/oauth/sign-in/with/{slug}/callback`. 409 `provider_known`; 422 with the reason where the
    issuer cannot be asked.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    await actions.require_reachable(database, federation, caller, data)
    return await write(
        request,
        database,
        lambda tx: actions.create_provider(tx, federation, caller, data),
        recheck=lambda tx: actions.require_running(tx, caller),
        status=201,
        location=f"{PATH}/{{id}}",
    )


@get(ONE, tags=TAGS)
async def get_identity_provider(
    request: Call, caller: Caller, database: Store, federation: Federation, provider_id: PathId
) -> Response[IdentityProvider]:
    """One identity provider."""
    require_own_account(caller, READ)
    return read(request, await actions.get_provider(database, federation, caller, provider_id))


@patch(ONE, tags=TAGS)
async def update_identity_provider(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    federation: Federation,
    provider_id: PathId,
    data: JSONBody[IdentityProviderPatch],
) -> Response[IdentityProvider]:
    """Change an identity provider, or turn it off. Sessions that were begun by it go on."""
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> IdentityProvider:
        provider = await actions.lock_provider(tx, caller, provider_id, expected)
        return await actions.update_provider(tx, federation, provider, data)

    return await write(
        request,
        database,
        act,
        recheck=lambda tx: actions.get_provider(tx, federation, caller, provider_id),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_identity_provider(
    request: Call, caller: Caller, database: Store, provider_id: PathId
) -> Response[None]:
    """Let nobody sign in by a provider any more. Whom it made accounts for keep them; made again, it knows them.

    Memberships of workspaces that its groups brought end within seconds, and what hangs on those; others stay.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_provider(tx, await actions.lock_provider(tx, caller, provider_id, expected))

    return await write(request, database, act, recheck=lambda tx: actions.require_running(tx, caller))


HANDLERS: list[HTTPRouteHandler] = [
    list_identity_providers,
    create_identity_provider,
    get_identity_provider,
    update_identity_provider,
    delete_identity_provider,
]
