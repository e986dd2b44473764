"""Whether a passkey signed what it was asked to, for every door that people sign in by.

A refusal is announced, and the challenge is used up, so the transaction must be committed: None is returned.
"""

from datetime import datetime

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.relying_party import RelyingParty, Unverifiable, bytes_of, handle_of
from taskyard.auth.actions.sessions import Verified
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import InvalidPasskey
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.passkeys import RequestOptions, SignedCredential
from taskyard.auth.queries import passkeys as queries
from taskyard.auth.queries.passkeys import KnownPasskey
from taskyard.contracts.auth import PASSKEY_REFUSED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id

ALONE = "sign-in"
"""The purpose of a challenge that signs in without a password."""


def begin_alone(party: RelyingParty) -> RequestOptions:
    """What a device needs to sign in whoever has a passkey on it."""
    return party.request_options(ALONE, [])


async def sign_in_alone(
    tx: Transaction, party: RelyingParty, credential: SignedCredential
) -> Verified | InvalidPasskey:
    """Who signs in by a passkey, which is something they have, and something they know or are: two factors."""
    known = await check_passkey(tx, party, credential, ALONE)
    if known is None:
        return InvalidPasskey()
    return Verified(known.person_id, known.credentials_version, ("pop", "user", "mfa"))


async def check_passkey(
    tx: Transaction, party: RelyingParty, credential: SignedCredential, purpose: str, person_id: str | None = None
) -> KnownPasskey | None:
    """The passkey, of a certain person or anybody; None when it is not that, or did not sign as asked."""
    known = None
    try:
        challenge, expires_at = party.challenge_in(credential.response.client_data, purpose)
        known = await queries.find_known_for_update(tx, bytes_of(credential.raw_id))
        await _use_up(tx, challenge, expires_at)
        fitting = _require_fitting(known, credential, person_id)
        counted = party.verify_signed(credential, challenge, fitting.public_key)
        _require_counting(fitting.sign_count, counted)
    except Unverifiable as fault:
        about = SecuritySnapshot(new_id(), known.person_id if known else None, str(fault) or "not_verified")
        await announce_security(tx, PASSKEY_REFUSED, about)
        return None
    await queries.note_use(tx, fitting.id, counted, clock.now())
    return fitting


async def _use_up(tx: Transaction, challenge: bytes, expires_at: datetime) -> None:
    if not await queries.use_challenge(tx, hash_of(challenge.hex()), expires_at):
        raise Unverifiable("challenge_used_before")


def _require_fitting(known: KnownPasskey | None, credential: SignedCredential, person_id: str | None) -> KnownPasskey:
    """The passkey, if it is of the person expected; a device that found it by itself says whose it is."""
    handle = credential.response.user_handle
    if known is None or (person_id is not None and known.person_id != person_id):
        raise Unverifiable("unknown")
    if handle != handle_of(known.person_id) and (handle is not None or person_id is None):
        raise Unverifiable("unknown")
    return known


def _require_counting(before: int, counted: int) -> None:
    """Refuse a device that counts backwards: there are two of it. Many count nothing."""
    if max(counted, before) > 0 and counted <= before:
        raise Unverifiable("counter_went_back")
