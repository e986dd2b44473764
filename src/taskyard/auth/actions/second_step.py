"""The second step of a sign-in: a code of an authenticator app, a passkey, or a recovery code.

A wrong code is counted, so its transaction must be committed: the refusal is returned, for the caller to raise.
Who is accepted gets a session in the same transaction, of the kind that the door gives.
"""

from datetime import timedelta

from taskyard.auth.actions import login_attempts, totp
from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.passkey_check import check_passkey
from taskyard.auth.actions.password_check import RightPassword
from taskyard.auth.actions.recovery_codes import use_code
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.actions.sessions import Verified
from taskyard.auth.actions.signing_keys import hash_of, new_refresh_token
from taskyard.auth.errors import InvalidCode, InvalidMfaToken, InvalidPasskey, SignInEnded
from taskyard.auth.models import SecondFactorNeeded, SecondStep, SecuritySnapshot
from taskyard.auth.models.passkeys import PasskeyStep, RequestOptions
from taskyard.auth.queries import pending_sign_ins as queries
from taskyard.auth.queries import second_factors
from taskyard.auth.queries.passkeys import list_credential_ids
from taskyard.auth.queries.pending_sign_ins import PendingSignIn
from taskyard.contracts.auth import SIGN_IN_ENDED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unauthenticated

MOST_WRONG_CODES = 6
"""The sixth ends the sign-in."""
LIFETIME = timedelta(minutes=5)
RECOVERY_CODE = "recovery_code"
LONGEST_TOKEN = 200


async def begin_second_step(tx: Transaction, right: RightPassword) -> SecondFactorNeeded:
    """Remember that the password was right, and say what must follow within five minutes."""
    needed = await await_second_factor(tx, right.verified)
    await login_attempts.give_back(tx, right.attempt)
    return needed


async def await_second_factor(tx: Transaction, verified: Verified) -> SecondFactorNeeded:
    """Remember who proved the first factor, by whatever it was, and say what must follow within five minutes."""
    token, expires_at = new_refresh_token(), clock.now() + LIFETIME
    values = (new_id(), hash_of(token), verified.person_id, verified.credentials_version, expires_at, verified.methods)
    await queries.insert_pending(tx, values)
    methods = [*verified.second_factors, RECOVERY_CODE]
    return SecondFactorNeeded(mfa_token=token, methods=methods, expires_in=int(LIFETIME.total_seconds()))


async def pass_by_totp(tx: Transaction, keys: FactorKeys, step: SecondStep) -> Verified | Unauthenticated:
    """Go on with the code of an app, each good for once. Raises InvalidMfaToken, TooManyAttempts."""
    pending = await _find_pending(tx, step.mfa_token)
    attempt = await login_attempts.reserve_code(tx, pending.person_id)
    if not await _is_right_code(tx, keys, pending.person_id, step.code):
        await login_attempts.keep_counted(tx, attempt)
        return await _refuse(tx, pending)
    await login_attempts.give_back(tx, attempt)
    return await _accept(tx, pending, "otp")


async def pass_by_recovery_code(tx: Transaction, keys: FactorKeys, step: SecondStep) -> Verified | Unauthenticated:
    """Go on with a recovery code, which is used up and whose use its owner is told of. Raises InvalidMfaToken."""
    pending = await _find_pending(tx, step.mfa_token)
    if not await use_code(tx, keys, pending.person_id, step.code):
        return await _refuse(tx, pending)
    return await _accept(tx, pending, "kba")


async def options_for_passkey(tx: Transaction, party: RelyingParty, mfa_token: str) -> RequestOptions:
    """What a device has to sign to go on. Raises InvalidMfaToken."""
    pending = await _find_pending(tx, mfa_token)
    return party.request_options(_purpose(pending), await list_credential_ids(tx, pending.person_id))


async def pass_by_passkey(tx: Transaction, party: RelyingParty, step: PasskeyStep) -> Verified | Unauthenticated:
    """Go on with one of the person's passkeys. Raises InvalidMfaToken."""
    pending = await _find_pending(tx, step.mfa_token)
    known = await check_passkey(tx, party, step.credential, _purpose(pending), pending.person_id)
    if known is None:
        refusal = await _refuse(tx, pending)
        return InvalidPasskey() if isinstance(refusal, InvalidCode) else refusal
    return await _accept(tx, pending, "pop")


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


def _purpose(pending: PendingSignIn) -> str:
    return f"second-step {pending.id}"


async def _accept(tx: Transaction, pending: PendingSignIn, method: str) -> Verified:
    await queries.delete_pending(tx, pending.id)
    return Verified(pending.person_id, pending.credentials_version, (*pending.methods, method, "mfa"))


async def _refuse(tx: Transaction, pending: PendingSignIn) -> Unauthenticated:
    if await queries.count_wrong_code(tx, pending.id) < MOST_WRONG_CODES:
        return InvalidCode()
    await queries.delete_pending(tx, pending.id)
    await announce_security(tx, SIGN_IN_ENDED, SecuritySnapshot(pending.id, pending.person_id, "wrong_codes"))
    return SignInEnded()
