"""The second step of a sign-in: a code of an authenticator app, or a recovery code.

A wrong code is counted, so its transaction must be committed: the refusal is returned, for the caller to raise.
"""

from taskyard.auth.actions import login_attempts, totp
from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.recovery_codes import use_code
from taskyard.auth.actions.sessions import Verified, start_session
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import InvalidCode, InvalidMfaToken, SignInEnded
from taskyard.auth.models import Client, LiveSession, SecondStep, SecuritySnapshot
from taskyard.auth.queries import pending_sign_ins as queries
from taskyard.auth.queries import second_factors
from taskyard.auth.queries.pending_sign_ins import PendingSignIn
from taskyard.contracts.auth import SIGN_IN_ENDED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.problems import Unauthenticated

MOST_WRONG_CODES = 6
"""The sixth ends the sign-in."""


async def pass_by_totp(
    tx: Transaction, keys: FactorKeys, step: SecondStep, client: Client, refresh_token: str
) -> LiveSession | Unauthenticated:
    """Go on with the code of an app, each good for once. Raises InvalidMfaToken, TooManyAttempts."""
    pending = await _find_pending(tx, step.mfa_token)
    attempt = await login_attempts.reserve_code(tx, pending.person_id)
    if not await _is_right_code(tx, keys, pending.person_id, step.code):
        await login_attempts.keep_counted(tx, attempt)
        return await _refuse(tx, pending)
    await login_attempts.give_back(tx, attempt)
    return await _begin_session(tx, pending, ("pwd", "otp", "mfa"), client, refresh_token)


async def pass_by_recovery_code(
    tx: Transaction, keys: FactorKeys, step: SecondStep, client: Client, refresh_token: str
) -> LiveSession | Unauthenticated:
    """Go on with a recovery code, which is used up and whose use its owner is told of. Raises InvalidMfaToken."""
    pending = await _find_pending(tx, step.mfa_token)
    if not await use_code(tx, keys, pending.person_id, step.code):
        return await _refuse(tx, pending)
    return await _begin_session(tx, pending, ("pwd", "kba", "mfa"), client, refresh_token)


async def _find_pending(tx: Transaction, token: str) -> PendingSignIn:
    pending = await queries.find_pending_for_update(tx, hash_of(token), clock.now())
    if pending is None:
        raise InvalidMfaToken
    return pending


async def _is_right_code(tx: Transaction, keys: FactorKeys, person_id: str, code: str) -> bool:
    sealed = await second_factors.find_seed(tx, person_id)
    if sealed is None:
        return False
    step = totp.find_step(keys.open_seed(sealed, person_id), code.replace(" ", ""), clock.now())
    return step is not None and await second_factors.burn_step(tx, person_id, step)


async def _begin_session(
    tx: Transaction, pending: PendingSignIn, methods: tuple[str, ...], client: Client, refresh_token: str
) -> LiveSession:
    await queries.delete_pending(tx, pending.id)
    verified = Verified(pending.person_id, pending.credentials_version, methods)
    return await start_session(tx, verified, client, refresh_token)


async def _refuse(tx: Transaction, pending: PendingSignIn) -> Unauthenticated:
    if await queries.count_wrong_code(tx, pending.id) < MOST_WRONG_CODES:
        return InvalidCode()
    await queries.delete_pending(tx, pending.id)
    await announce_security(tx, SIGN_IN_ENDED, SecuritySnapshot(pending.id, pending.person_id, "wrong_codes"))
    return SignInEnded()
