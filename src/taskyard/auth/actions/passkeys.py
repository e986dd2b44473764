"""Passkeys of an account: made by a device, named, removed. The first one is a second factor from then on."""

import msgspec
from webauthn.registration.verify_registration_response import VerifiedRegistration

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.people import get_profile
from taskyard.auth.actions.recovery_codes import renew_codes
from taskyard.auth.actions.relying_party import RelyingParty, Unverifiable
from taskyard.auth.actions.sessions import end_other_sessions
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import PasskeyKnown, PasskeyRefused, TooManyPasskeys
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.passkeys import CreatedCredential, CreationOptions, NewPasskey, Passkey, RegisteredPasskey
from taskyard.auth.queries import passkeys as queries
from taskyard.auth.queries.passkeys import NewKey
from taskyard.auth.queries.people import find_profile_for_update, renew_credentials
from taskyard.auth.queries.second_factors import delete_needless_recovery_codes, has_second_factor
from taskyard.contracts.auth import PASSKEY_ADDED, PASSKEY_REFUSED, PASSKEY_REMOVED, PASSKEY_RENAMED
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.kit.text import clean_line

MOST = 20


async def begin_passkey(db: Statements, party: RelyingParty, caller: Principal) -> CreationOptions:
    """What the caller's device needs to make a passkey. Raises TooManyPasskeys."""
    profile = await get_profile(db, caller)
    known = await queries.list_credential_ids(db, caller.id)
    if len(known) >= MOST:
        raise TooManyPasskeys
    return party.creation_options(caller.id, profile.name, profile.email, known, _purpose(caller))


async def register_passkey(
    tx: Transaction, party: RelyingParty, keys: FactorKeys, caller: Principal, new: NewPasskey
) -> RegisteredPasskey | PasskeyRefused:
    """Take a passkey from now on. Other sessions end if it is the first second factor, and recovery codes are made.

    What does not fit is noted, which must be committed, so that refusal is returned. Raises PasskeyKnown,
    TooManyPasskeys, NotFound.
    """
    name = clean_line("/name", new.name)
    if await find_profile_for_update(tx, caller.id) is None:
        raise NotFound
    try:
        created = await _verify(tx, party, caller, new.credential)
    except Unverifiable:
        await announce_security(tx, PASSKEY_REFUSED, SecuritySnapshot(new_id(), caller.id, "not_registered"))
        return PasskeyRefused()
    had_some = await has_second_factor(tx, caller.id)
    values = (new_id(), caller.id, created.credential_id, created.credential_public_key)
    passkey = await _add(tx, (*values, created.sign_count, name, clock.now()))
    codes: list[str] = []
    if not had_some:
        await end_other_sessions(tx, caller, "second_factor_added")
        codes = (await renew_codes(tx, keys, caller.id)).recovery_codes
    return RegisteredPasskey(**msgspec.structs.asdict(passkey), recovery_codes=codes)


async def rename_passkey(
    tx: Transaction, caller: Principal, passkey_id: str, name: str, expected: int | None
) -> Passkey:
    """Call a passkey otherwise. Raises NotFound, PreconditionFailed."""
    name = clean_line("/name", name)
    passkey = await get_passkey_for_update(tx, caller, passkey_id)
    require_version(expected, passkey.version)
    if passkey.name == name:
        return passkey
    renamed = msgspec.structs.replace(passkey, name=name, version=passkey.version + 1)
    await queries.rename_passkey(tx, renamed)
    about = SecuritySnapshot(passkey.id, caller.id)
    await announce_security(tx, PASSKEY_RENAMED, about, version=renamed.version)
    return renamed


async def remove_passkey(tx: Transaction, caller: Principal, passkey_id: str, expected: int | None) -> None:
    """Take a passkey no more; recovery codes go with the last second factor. Raises NotFound, PreconditionFailed."""
    passkey = await get_passkey_for_update(tx, caller, passkey_id)
    require_version(expected, passkey.version)
    await queries.delete_passkey(tx, passkey.id)
    await delete_needless_recovery_codes(tx, caller.id)
    await renew_credentials(tx, caller.id)
    about = SecuritySnapshot(passkey.id, caller.id)
    await announce_security(tx, PASSKEY_REMOVED, about, version=passkey.version + 1)


async def get_passkey_for_update(tx: Statements, caller: Principal, passkey_id: str) -> Passkey:
    """One of the caller's passkeys, locked. Raises NotFound."""
    passkey = await queries.find_passkey_for_update(tx, caller.id, passkey_id) if is_id(passkey_id) else None
    if passkey is None:
        raise NotFound
    return passkey


async def _verify(
    tx: Transaction, party: RelyingParty, caller: Principal, credential: CreatedCredential
) -> VerifiedRegistration:
    challenge, expires_at = party.challenge_in(credential.response.client_data, _purpose(caller))
    if not await queries.use_challenge(tx, hash_of(challenge.hex()), expires_at):
        raise Unverifiable
    return party.verify_created(credential, challenge)


async def _add(tx: Transaction, values: NewKey) -> Passkey:
    person_id = values[1]
    if len(await queries.list_credential_ids(tx, person_id)) >= MOST:
        raise TooManyPasskeys
    passkey = await queries.insert_passkey(tx, values)
    if passkey is None:
        raise PasskeyKnown
    await renew_credentials(tx, person_id)
    await announce_security(tx, PASSKEY_ADDED, SecuritySnapshot(passkey.id, person_id))
    return passkey


def _purpose(caller: Principal) -> str:
    """Keys are made within the session that asked for them."""
    return f"register {caller.id} {caller.session_id}"
