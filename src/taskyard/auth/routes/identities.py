"""/me/identities: what you are elsewhere, and sign in by. Linking and unlinking take a sign-in of five minutes ago."""

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from taskyard.auth.actions.federation import links as actions
from taskyard.auth.actions.federation.sign_in import get_provider, read_answer
from taskyard.auth.models.federation import FederatedBegun, FlowAnswer, Identity, LinkAnswer, LinkBegin
from taskyard.auth.permissions import require_fresh_sign_in, require_own_account
from taskyard.auth.queries.identities import list_identities as find_identities
from taskyard.auth.routes.federated import begin_for_program
from taskyard.auth.routes.provided import (
    SECRET,
    Call,
    Caller,
    Cursor,
    Cursors,
    Federation,
    Limit,
    PathId,
    Revocations,
    Store,
)
from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of
from taskyard.kit.write import write

PATH = f"{API}/me/identities"
TAGS = ["Identities"]


@get(PATH, tags=TAGS)
async def list_identities(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: Cursor = None
) -> Page[Identity]:
    """What you sign in by that you have elsewhere, oldest first."""
    require_own_account(caller, "account:read")
    listing = f"identities of {caller.id}"
    found = await find_identities(database, caller.id, cursors.after_id(listing, cursor), limit + 1)
    return cursors.page(listing, found, limit, lambda identity: [identity.id])


@post(f"{PATH}/begin", tags=TAGS, status_code=200)
async def begin_identity(
    caller: Caller, data: JSONBody[LinkBegin], database: Store, federation: Federation
) -> Response[FederatedBegun]:
    """Begin to link what you are at an identity provider: go to `authorization_url`, and keep `flow_token`.

    401 `fresh_sign_in_required`; otherwise refused as `/auth/federated/{provider_slug}/begin`.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    provider = await get_provider(database, data.provider)
    begun = await begin_for_program(federation, provider, actions.purpose_of(caller), data.redirect_uri)
    return Response(begun, status_code=200, headers=SECRET)


@post(PATH, tags=TAGS, status_code=201)
async def create_identity(
    request: Call, caller: Caller, data: JSONBody[LinkAnswer], database: Store, federation: Federation
) -> Response[Identity]:
    """Link what the provider says you are, in the session that began it; you are told by mail.

    401 `identity_refused`, `fresh_sign_in_required`; 409 `identity_taken`. The Idempotency-Key header is ignored: an
    answer of a provider is good for once.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    cause, given = cause_of(request.scope), msgspec.structs.asdict(data)
    provider = await get_provider(database, given.pop("provider"))
    answer = FlowAnswer(purpose=actions.purpose_of(caller), **given)
    claimed = await read_answer(database, federation, provider, answer, cause)
    async with database.transaction(cause) as tx:
        identity = await actions.link_identity(tx, caller, provider, claimed)
    return Response(identity, status_code=201)


@delete(f"{PATH}/{{identity_id:str}}", tags=TAGS, status_code=204)
async def delete_identity(
    request: Call, caller: Caller, database: Store, identity_id: PathId, revocations: Revocations
) -> Response[None]:
    """Sign in by an identity no more. 409 `last_way_in`; 401 `fresh_sign_in_required`."""
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    answer = await write(request, database, lambda tx: actions.unlink_identity(tx, caller, identity_id))
    revocations()
    return answer


HANDLERS: list[HTTPRouteHandler] = [list_identities, begin_identity, create_identity, delete_identity]
