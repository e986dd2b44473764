"""/me/passkeys: keys of your devices, to sign in with. Adding and removing take a sign-in of the last five minutes."""

from litestar import Response, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from taskyard.auth.actions import passkeys as actions
from taskyard.auth.errors import PasskeyRefused
from taskyard.auth.models.passkeys import CreationOptions, NewPasskey, Passkey, PasskeyPatch, RegisteredPasskey
from taskyard.auth.permissions import require_fresh_sign_in, require_own_account
from taskyard.auth.queries.passkeys import list_passkeys as find_passkeys
from taskyard.auth.routes.provided import (
    SECRET,
    Call,
    Caller,
    Cursor,
    Cursors,
    Factors,
    Limit,
    Party,
    PathId,
    Revocations,
    Store,
)
from taskyard.kit.cursors import Page
from taskyard.kit.etags import etag, expected_version
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of
from taskyard.kit.write import write

PATH = f"{API}/me/passkeys"
ONE = f"{PATH}/{{passkey_id:str}}"
TAGS = ["Second factors"]


@post(f"{PATH}/options", tags=TAGS, status_code=200)
async def begin_passkey(caller: Caller, database: Store, relying_party: Party) -> Response[CreationOptions]:
    """What a device needs to make a passkey (Web Authentication), good for five minutes in this session.

    401 `fresh_sign_in_required`; 409 `too_many_passkeys` at twenty.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    options = await actions.begin_passkey(database, relying_party, caller)
    return Response(options, status_code=200, headers=SECRET)


@post(PATH, tags=TAGS, status_code=201)
async def create_passkey(
    *,
    request: Call,
    caller: Caller,
    data: JSONBody[NewPasskey],
    database: Store,
    relying_party: Party,
    factors: Factors,
    revocations: Revocations,
) -> Response[RegisteredPasskey]:
    """Register what a device made. From now on it signs in alone, and the password takes a second factor.

    The first second factor brings ten recovery codes, told only now, and ends your other sessions. 422
    `passkey_refused` when it is for another site or challenge, or the device did not make sure of its owner; 409
    `passkey_known`, `too_many_passkeys`; 401 `fresh_sign_in_required`. The Idempotency-Key header is ignored.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await actions.register_passkey(tx, relying_party, factors, caller, data)
    if isinstance(outcome, PasskeyRefused):
        raise outcome
    revocations()
    return Response(outcome, status_code=201, headers={**SECRET, "ETag": etag(outcome.version)})


@get(PATH, tags=TAGS)
async def list_passkeys(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: Cursor = None
) -> Page[Passkey]:
    """Your passkeys, oldest first."""
    require_own_account(caller, "account:read")
    listing = f"passkeys of {caller.id}"
    found = await find_passkeys(database, caller.id, cursors.after_id(listing, cursor), limit + 1)
    return cursors.page(listing, found, limit, lambda passkey: [passkey.id])


@patch(ONE, tags=TAGS)
async def update_passkey(
    request: Call, caller: Caller, database: Store, passkey_id: PathId, data: JSONBody[PasskeyPatch]
) -> Response[Passkey]:
    """Call a passkey otherwise."""
    require_own_account(caller, "account:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.rename_passkey(tx, caller, passkey_id, data.name, expected),
        recheck=lambda tx: actions.get_passkey_for_update(tx, caller, passkey_id),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_passkey(request: Call, caller: Caller, database: Store, passkey_id: PathId) -> Response[None]:
    """Sign in with a passkey no more; recovery codes go with the last second factor. 401 `fresh_sign_in_required`."""
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    expected = expected_version(request.scope)
    return await write(request, database, lambda tx: actions.remove_passkey(tx, caller, passkey_id, expected))


HANDLERS: list[HTTPRouteHandler] = [begin_passkey, create_passkey, list_passkeys, update_passkey, delete_passkey]
