"""Signing in, and going on without the password."""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.auth.actions import sessions
from taskyard.auth.actions.password_check import check_password
from taskyard.auth.actions.second_step import begin_second_step
from taskyard.auth.actions.sign_ins import sign_in
from taskyard.auth.actions.signing_keys import SigningKeys, new_refresh_token
from taskyard.auth.errors import RefreshTokenReused
from taskyard.auth.models import Credentials, LiveSession, RefreshRequest, SecondFactorNeeded, TokenPair
from taskyard.auth.routes.provided import SECRET, Call, Hasher, Issuer, Revocations, Signing, Store, client_of
from taskyard.kit import metrics
from taskyard.kit.http import API
from taskyard.kit.identity import ACCESS_TOKEN_LIFETIME
from taskyard.kit.json_response import JsonResponse
from taskyard.kit.requests import cause_of


@post(f"{API}/auth/login", tags=["Sign-in"], status_code=200)
async def login(
    request: Call, data: JSONBody[Credentials], database: Store, hasher: Hasher, signing: Signing, *, issuer: Issuer
) -> Response[TokenPair | SecondFactorNeeded]:
    """Sign in with an e-mail address and a password; every sign-in starts a session of its own.

    Where the account has a second factor the answer is `mfa_required` and an `mfa_token` to go on with.
    A wrong password and an unknown address get the same answer, 401 `invalid_credentials`, after the same time.
    A device that is new is given a `device_token` to keep and to send as `X-Device-Token` when signing in again: its
    attempts are counted apart from those of strangers, and the owner is told by mail of a sign-in without a known one.
    After five failures of one account within five minutes the answer is 429 with Retry-After. The answer holds
    secrets and is never stored: the Idempotency-Key header is ignored.
    """
    client = client_of(request)
    right = await check_password(database, hasher, data, client)
    if right.verified.second_factors:
        async with database.transaction(cause_of(request.scope)) as tx:
            needed = await begin_second_step(tx, right)
        return JsonResponse(needed, status_code=200, headers=SECRET)
    refresh_token = new_refresh_token()
    async with database.transaction(cause_of(request.scope)) as tx:
        session = await sign_in(tx, right, client, refresh_token)
    metrics.count_sign_in("accepted")
    return JsonResponse(token_pair(signing, session, refresh_token, issuer), status_code=200, headers=SECRET)


@post(f"{API}/auth/refresh", tags=["Sign-in"], status_code=200)
async def refresh(
    request: Call,
    data: JSONBody[RefreshRequest],
    database: Store,
    signing: Signing,
    *,
    issuer: Issuer,
    revocations: Revocations,
) -> Response[TokenPair]:
    """Exchange a refresh token for a new pair; the old one is used up.

    The same token within ten seconds gets the same successor again, so a lost answer can be repeated (the
    Idempotency-Key header is ignored). Later it means that two parties have it: 401 `refresh_token_reused`, and
    the session ends.
    """
    successor = signing.successor_of(data.refresh_token)
    async with database.transaction(cause_of(request.scope)) as tx:
        session = await sessions.rotate_refresh_token(tx, data.refresh_token, successor)
    if session is None:
        revocations()
        raise RefreshTokenReused
    return JsonResponse(token_pair(signing, session, successor, issuer), status_code=200, headers=SECRET)


def token_pair(signing: SigningKeys, session: LiveSession, refresh_token: str, issuer: str) -> TokenPair:
    """The credentials of a session, for a client to keep."""
    return TokenPair(
        access_token=signing.access_token(session, issuer=issuer),
        refresh_token=refresh_token,
        expires_in=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        device_token=session.device_token,
    )
