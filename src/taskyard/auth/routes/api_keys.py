"""/api-keys: how programs act for you. What changes about a key bites everywhere within a second."""

from datetime import timedelta
from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, QueryParameter

from taskyard.auth.actions import api_keys as actions
from taskyard.auth.models import ApiKey, ApiKeyPatch, IssuedApiKey, NewApiKey
from taskyard.auth.permissions import require_own_account, require_sign_in
from taskyard.auth.queries import api_keys as queries
from taskyard.auth.routes.provided import (
    SECRET,
    Call,
    Caller,
    Cursor,
    Cursors,
    KeyMaker,
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

PATH = f"{API}/api-keys"
ONE = PATH + "/{key_id:str}"
TAGS = ["API keys"]
READ, WRITE = "api-keys:read", "api-keys:write"
Overlap = Annotated[
    int, QueryParameter(ge=0, le=7 * 86_400, description="For how many seconds the old key stays valid")
]


@post(PATH, tags=TAGS, status_code=201)
async def create_api_key(
    request: Call, caller: Caller, database: Store, key_secrets: KeyMaker, data: JSONBody[NewApiKey]
) -> Response[IssuedApiKey]:
    """Make a key; `secret` is shown this once. 409 `too_many_api_keys`.

    It may what you may, within `scopes`, in `project_ids` only where given, from the networks `ip_allow` only where
    given, until `expires_at`. Send it as `X-API-Key` or as a Bearer token. An API key cannot make keys. The answer
    holds a secret and is never stored: the Idempotency-Key header is ignored.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        key = await actions.create_api_key(tx, caller, actions.oneself(caller), data, key_secrets)
    return issued(PATH, key)


@get(PATH, tags=TAGS)
async def list_api_keys(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: Cursor = None
) -> Page[ApiKey]:
    """Your keys, oldest first; `last_used_at` is true to about a minute."""
    require_own_account(caller, READ)
    listing = f"api keys of {caller.id}"
    found = await queries.list_api_keys(database, caller.id, cursors.after_id(listing, cursor), limit + 1)
    return cursors.page(listing, found, limit, lambda key: [key.id])


@get(ONE, tags=TAGS)
async def get_api_key(request: Call, caller: Caller, database: Store, key_id: PathId) -> Response[ApiKey]:
    """One of your keys."""
    require_own_account(caller, READ)
    return read(request, await actions.get_api_key(database, actions.oneself(caller), key_id))


@patch(ONE, tags=TAGS)
async def update_api_key(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    key_id: PathId,
    data: JSONBody[ApiKeyPatch],
    revocations: Revocations,
) -> Response[ApiKey]:
    """Change what a key is called or limited to."""
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    expected, owner = expected_version(request.scope), actions.oneself(caller)
    answer = await write(
        request,
        database,
        lambda tx: actions.update_api_key(tx, caller, (owner, key_id), data, expected),
        recheck=lambda tx: actions.get_api_key(tx, owner, key_id),
    )
    revocations()
    return answer


@post(ONE + "/rotate", tags=TAGS, status_code=201)
async def rotate_api_key(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    key_secrets: KeyMaker,
    key_id: PathId,
    revocations: Revocations,
    overlap_seconds: Overlap = 86_400,
) -> Response[IssuedApiKey]:
    """Make a new key with the same limits; the old one ends after `overlap_seconds` and names it in `replaced_by`.

    The answer holds a secret and is never stored: the Idempotency-Key header is ignored.
    """
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    overlap = timedelta(seconds=overlap_seconds)
    async with database.transaction(cause_of(request.scope)) as tx:
        key = await actions.rotate_api_key(tx, caller, (actions.oneself(caller), key_id), overlap, key_secrets)
    revocations()
    return issued(PATH, key)


@delete(ONE, tags=TAGS, status_code=204)
async def revoke_api_key(
    request: Call, caller: Caller, database: Store, key_id: PathId, revocations: Revocations
) -> Response[None]:
    """End a key for good."""
    require_own_account(caller, WRITE)
    require_sign_in(caller)
    expected, key_of = expected_version(request.scope), (actions.oneself(caller), key_id)
    answer = await write(request, database, lambda tx: actions.revoke_api_key(tx, key_of, expected))
    revocations()
    return answer


def issued(path: str, key: IssuedApiKey) -> Response[IssuedApiKey]:
    """The answer with the secret of a key that was made under a path."""
    headers = {**SECRET, "Location": f"{path}/{key.id}", "ETag": etag(key.version)}
    return Response(key, status_code=201, headers=headers)


HANDLERS = [create_api_key, list_api_keys, get_api_key, update_api_key, rotate_api_key, revoke_api_key]
