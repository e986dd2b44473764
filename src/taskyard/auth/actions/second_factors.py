"""Second factors of an account: begun, proved by a first code, removed."""

from datetime import timedelta

from taskyard.auth.actions import totp
from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.people import get_profile
from taskyard.auth.actions.recovery_codes import renew_codes
from taskyard.auth.actions.sessions import end_other_sessions
from taskyard.auth.errors import SecondFactorEnabled, WrongCode
from taskyard.auth.models import RecoveryCodes, SecuritySnapshot, TotpSetup
from taskyard.auth.queries import second_factors as queries
from taskyard.auth.queries.passkeys import delete_passkeys_of
from taskyard.auth.queries.people import renew_credentials
from taskyard.contracts.auth import PASSKEY_REMOVED, SECOND_FACTOR_ADDED, SECOND_FACTOR_REMOVED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import FieldError, NotFound

CONFIRM_WITHIN = timedelta(minutes=15)


async def begin_totp(tx: Transaction, keys: FactorKeys, caller: Principal) -> TotpSetup:
    """Make a seed for the caller's app. It asks for nothing until confirmed. Raises SecondFactorEnabled."""
    profile = await get_profile(tx, caller)
    seed = totp.new_seed()
    if not await queries.begin_totp(tx, caller.id, new_id(), keys.seal_seed(seed, caller.id), clock.now()):
        raise SecondFactorEnabled
    link = totp.link_to(seed, profile.email)
    return TotpSetup(totp.text_of(seed), link, totp.drawing_of(link))


async def confirm_totp(tx: Transaction, keys: FactorKeys, caller: Principal, code: str) -> RecoveryCodes:
    """Ask for codes from now on, as the first was right; sessions that were begun without end, but this one.

    Raises NotFound when nothing was begun in the last fifteen minutes, WrongCode.
    """
    now = clock.now()
    begun = await queries.find_begun_totp(tx, caller.id, now - CONFIRM_WITHIN)
    if begun is None:
        raise NotFound("No authenticator app waits for its first code.")
    totp_id, sealed = begun
    step = totp.find_step(keys.open_seed(sealed, caller.id), code.replace(" ", ""), now)
    if step is None:
        raise WrongCode(errors=[FieldError("/code", WrongCode.title())])
    await queries.confirm_totp(tx, caller.id, step, now)
    await renew_credentials(tx, caller.id)
    await announce_security(tx, SECOND_FACTOR_ADDED, SecuritySnapshot(totp_id, caller.id))
    await end_other_sessions(tx, caller, "second_factor_added")
    return await renew_codes(tx, keys, caller.id)


async def remove_totp(tx: Transaction, person_id: str) -> None:
    """Ask for codes no more. Raises NotFound when none were asked for."""
    totp_id = await queries.delete_totp(tx, person_id)
    if totp_id is None:
        raise NotFound("No authenticator app is in use.")
    await queries.delete_needless_recovery_codes(tx, person_id)
    await renew_credentials(tx, person_id)
    await announce_security(tx, SECOND_FACTOR_REMOVED, SecuritySnapshot(totp_id, person_id), version=2)


async def remove_all(tx: Transaction, person_id: str) -> None:
    """Ask for nothing beside the password any more. Raises NotFound when nothing was asked for."""
    totp_id = await queries.delete_totp(tx, person_id)
    passkeys = await delete_passkeys_of(tx, person_id)
    if totp_id is None and not passkeys:
        raise NotFound("No second factor is in use.")
    await queries.delete_recovery_codes(tx, person_id)
    await renew_credentials(tx, person_id)
    if totp_id is not None:
        await announce_security(tx, SECOND_FACTOR_REMOVED, SecuritySnapshot(totp_id, person_id), version=2)
    for passkey_id, version in passkeys:
        await announce_security(tx, PASSKEY_REMOVED, SecuritySnapshot(passkey_id, person_id), version=version + 1)


async def renew_recovery_codes(tx: Transaction, keys: FactorKeys, caller: Principal) -> RecoveryCodes:
    """New recovery codes for an account with a second factor. Raises NotFound where there is none."""
    if not await queries.has_second_factor(tx, caller.id):
        raise NotFound("No second factor is in use.")
    return await renew_codes(tx, keys, caller.id, "recovery_codes_renewed")
