"""Signing in with a passkey: alone, or after the password."""

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from taskyard.auth.actions import passkey_check, second_step
from taskyard.auth.actions.signing_keys import new_refresh_token
from taskyard.auth.models import TokenPair
from taskyard.auth.models.passkeys import PasskeySignIn, PasskeyStep, PasskeyStepOptions, RequestOptions
from taskyard.auth.routes.provided import SECRET, Call, Issuer, Party, Signing, Store, client_of
from taskyard.auth.routes.second_step import accepted, session_of
from taskyard.auth.routes.sign_in import token_pair
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of

TAGS = ["Sign-in"]


@post(f"{API}/auth/passkey/options", tags=TAGS, status_code=200)
async def begin_login_by_passkey(relying_party: Party) -> Response[RequestOptions]:
    """What a device has to sign to sign in with a passkey alone, good for once and five minutes."""
    return Response(passkey_check.begin_alone(relying_party), status_code=200, headers=SECRET)


@post(f"{API}/auth/passkey", tags=TAGS, status_code=200)
async def login_by_passkey(
    *,
    request: Call,
    data: JSONBody[PasskeySignIn],
    database: Store,
    relying_party: Party,
    signing: Signing,
    issuer: Issuer,
) -> Response[TokenPair]:
    """Sign in with a passkey, without address and password. 401 `invalid_passkey`.

    The Idempotency-Key header is ignored: every sign-in starts a session of its own.
    """
    refresh_token = new_refresh_token()
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await passkey_check.sign_in_alone(tx, relying_party, data.credential)
        session = await session_of(tx, outcome, client_of(request), refresh_token)
    pair = token_pair(signing, accepted(session), refresh_token, issuer)
    return Response(pair, status_code=200, headers=SECRET)


@post(f"{API}/auth/mfa/passkey/options", tags=TAGS, status_code=200)
async def begin_second_step_by_passkey(
    data: JSONBody[PasskeyStepOptions], database: Store, relying_party: Party
) -> Response[RequestOptions]:
    """What a device has to sign after the password. 401 `invalid_mfa_token`."""
    async with database.transaction() as tx:
        options = await second_step.options_for_passkey(tx, relying_party, data.mfa_token)
    return Response(options, status_code=200, headers=SECRET)


@post(f"{API}/auth/mfa/passkey", tags=TAGS, status_code=200)
async def second_step_by_passkey(
    *,
    request: Call,
    data: JSONBody[PasskeyStep],
    database: Store,
    relying_party: Party,
    signing: Signing,
    issuer: Issuer,
) -> Response[TokenPair]:
    """Go on signing in with a passkey. 401 `invalid_passkey`; other refusals are those of `/auth/mfa/totp`."""
    refresh_token = new_refresh_token()
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await second_step.pass_by_passkey(tx, relying_party, data)
        session = await session_of(tx, outcome, client_of(request), refresh_token)
    pair = token_pair(signing, accepted(session), refresh_token, issuer)
    return Response(pair, status_code=200, headers=SECRET)


HANDLERS: list[HTTPRouteHandler] = [
    begin_login_by_passkey,
    login_by_passkey,
    begin_second_step_by_passkey,
    second_step_by_passkey,
]
