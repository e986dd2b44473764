"""/service-accounts/{id}/api-keys: how programs act for themselves, by keys from who manages members."""

from datetime import timedelta

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.auth.actions import api_keys as actions
from taskyard.auth.actions.programs import find_owner
from taskyard.auth.models import ApiKey, ApiKeyPatch, IssuedApiKey, NewApiKey
from taskyard.auth.permissions import require_sign_in
from taskyard.auth.queries import api_keys as queries
from taskyard.auth.routes.api_keys import Overlap, issued
from taskyard.auth.routes.provided import Call, Caller, Cursor, Cursors, KeyMaker, Limit, PathId, Revocations, Store
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.requests import cause_of
from taskyard.kit.write import read, write

PATH = f"{API}/service-accounts/{{account_id:str}}/api-keys"
ONE = PATH + "/{account_key_id:str}"
TAGS = ["Service accounts"]
READ, WRITE = "api-keys:read", "api-keys:write"


@post(PATH, tags=TAGS, status_code=201)
async def create_service_account_key(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    key_secrets: KeyMaker,
    account_id: PathId,
    data: JSONBody[NewApiKey],
) -> Response[IssuedApiKey]:
    """Make a key of a service account; `secret` is shown this once. 409 `too_many_api_keys`.

    Only who may all that the account may gives it keys, and only after a sign-in. The answer holds a secret and is
    never stored: the Idempotency-Key header is ignored.
    """
    require_scope(caller, WRITE)
    require_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        owner = await find_owner(tx, caller, account_id, giving=True)
        key = await actions.create_api_key(tx, caller, owner, data, key_secrets)
    return issued(f"{API}/service-accounts/{account_id}/api-keys", key)


@get(PATH, tags=TAGS)
async def list_service_account_keys(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    account_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ApiKey]:
    """The keys of a service account, oldest first, for who manages the members of its workspace."""
    require_scope(caller, READ)
    owner = await find_owner(database, caller, account_id)
    listing = f"api keys of {owner.id}"
    found = await queries.list_api_keys(database, owner.id, cursors.after_id(listing, cursor), limit + 1)
    return cursors.page(listing, found, limit, lambda key: [key.id])


@get(ONE, tags=TAGS)
async def get_service_account_key(
    *, request: Call, caller: Caller, database: Store, account_id: PathId, account_key_id: PathId
) -> Response[ApiKey]:
    """One key of a service account."""
    require_scope(caller, READ)
    owner = await find_owner(database, caller, account_id)
    return read(request, await actions.get_api_key(database, owner, account_key_id))


@patch(ONE, tags=TAGS)
async def update_service_account_key(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    account_id: PathId,
    account_key_id: PathId,
    data: JSONBody[ApiKeyPatch],
    revocations: Revocations,
) -> Response[ApiKey]:
    """Change what a key of a service account is called or limited to."""
    require_scope(caller, WRITE)
    require_sign_in(caller)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> ApiKey:
        owner = await find_owner(tx, caller, account_id, giving=True)
        return await actions.update_api_key(tx, caller, (owner, account_key_id), data, expected)

    answer = await write(request, database, act, recheck=lambda tx: find_owner(tx, caller, account_id, giving=True))
    revocations()
    return answer


@post(ONE + "/rotate", tags=TAGS, status_code=201)
async def rotate_service_account_key(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    key_secrets: KeyMaker,
    account_id: PathId,
    account_key_id: PathId,
    revocations: Revocations,
    overlap_seconds: Overlap = 86_400,
) -> Response[IssuedApiKey]:
    """Make a new key with the same limits; the old one ends after `overlap_seconds` and names it in `replaced_by`.

    The answer holds a secret and is never stored: the Idempotency-Key header is ignored.
    """
    require_scope(caller, WRITE)
    require_sign_in(caller)
    overlap = timedelta(seconds=overlap_seconds)
    async with database.transaction(cause_of(request.scope)) as tx:
        owner = await find_owner(tx, caller, account_id, giving=True)
        key = await actions.rotate_api_key(tx, caller, (owner, account_key_id), overlap, key_secrets)
    revocations()
    return issued(f"{API}/service-accounts/{account_id}/api-keys", key)


@delete(ONE, tags=TAGS, status_code=204)
async def revoke_service_account_key(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    account_id: PathId,
    account_key_id: PathId,
    revocations: Revocations,
) -> Response[None]:
    """End a key of a service account for good."""
    require_scope(caller, WRITE)
    require_sign_in(caller)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        owner = await find_owner(tx, caller, account_id)
        await actions.revoke_api_key(tx, (owner, account_key_id), expected)

    answer = await write(request, database, act, recheck=lambda tx: find_owner(tx, caller, account_id))
    revocations()
    return answer


HANDLERS = [
    create_service_account_key,
    list_service_account_keys,
    get_service_account_key,
    update_service_account_key,
    rotate_service_account_key,
    revoke_service_account_key,
]
