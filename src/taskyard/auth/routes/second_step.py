"""The second step of signing in, for accounts with a second factor."""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.auth.actions import second_step
from taskyard.auth.actions.sessions import Verified, start_session
from taskyard.auth.actions.signing_keys import new_refresh_token
from taskyard.auth.models import Client, LiveSession, SecondStep, TokenPair
from taskyard.auth.routes.provided import SECRET, Call, Factors, Issuer, Signing, Store, client_of
from taskyard.auth.routes.sign_in import token_pair
from taskyard.kit import metrics
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.problems import Unauthenticated
from taskyard.kit.requests import cause_of


@post(f"{API}/auth/mfa/totp", tags=["Sign-in"], status_code=200)
async def login_by_totp(
    request: Call, data: JSONBody[SecondStep], database: Store, factors: Factors, signing: Signing, *, issuer: Issuer
) -> Response[TokenPair]:
    """Go on signing in with a code of the authenticator app; each code is good for once.

    401 `invalid_code`; the sixth wrong one ends the sign-in, 401 `sign_in_ended`. 401 `invalid_mfa_token` when it
    is over; 429 after ten wrong codes of one account in an hour, when a recovery code still works. The
    Idempotency-Key header is ignored.
    """
    refresh_token = new_refresh_token()
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await second_step.pass_by_totp(tx, factors, data)
        session = await session_of(tx, outcome, client_of(request), refresh_token)
    pair = token_pair(signing, accepted(session), refresh_token, issuer)
    return Response(pair, status_code=200, headers=SECRET)


@post(f"{API}/auth/mfa/recovery", tags=["Sign-in"], status_code=200)
async def login_by_recovery_code(
    request: Call, data: JSONBody[SecondStep], database: Store, factors: Factors, signing: Signing, *, issuer: Issuer
) -> Response[TokenPair]:
    """Go on signing in with a recovery code, which is used up. Refusals are those of `/auth/mfa/totp`."""
    refresh_token = new_refresh_token()
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await second_step.pass_by_recovery_code(tx, factors, data)
        session = await session_of(tx, outcome, client_of(request), refresh_token)
    pair = token_pair(signing, accepted(session), refresh_token, issuer)
    return Response(pair, status_code=200, headers=SECRET)


async def session_of(
    tx: Transaction, outcome: Verified | Unauthenticated, client: Client, refresh_token: str
) -> LiveSession | Unauthenticated:
    """The session of who is accepted, or the refusal again."""
    if isinstance(outcome, Unauthenticated):
        return outcome
    return await start_session(tx, outcome, client, refresh_token)


def accepted(outcome: LiveSession | Unauthenticated) -> LiveSession:
    """The session, or the refusal now that what it counted is committed."""
    if isinstance(outcome, Unauthenticated):
        metrics.count_sign_in("refused")
        raise outcome
    metrics.count_sign_in("accepted")
    return outcome
