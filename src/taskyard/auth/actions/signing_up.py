"""Signing up, for every door: who may, and what an invitation's secret proves."""

import msgspec

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.password_rules import require_uncommon
from taskyard.auth.actions.people import register_or_tell, register_person
from taskyard.auth.errors import InvalidInvitation
from taskyard.auth.models import AddressPolicy, Profile, Registration, SecuritySnapshot
from taskyard.auth.permissions import require_registration
from taskyard.auth.queries.invitations import find_invited_email
from taskyard.auth.queries.people import verify_email
from taskyard.contracts.auth import EMAIL_VERIFIED
from taskyard.contracts.invitations import hash_of_secret
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.emails import fold_email, parse_email
from taskyard.kit.ids import new_id
from taskyard.kit.problems import FieldError
from taskyard.kit.sealing import Sealer
from taskyard.kit.text import clean_line


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may open an account, as soon as their password is hashed."""

    email: str
    name: str
    invitation: str | None


async def check_newcomer(db: Statements, policy: str, wanted: Registration) -> Newcomer:
    """Who wants to sign up. Raises RegistrationClosed, InvitationRequired, InvalidInvitation, InvalidInput."""
    require_registration(policy, is_invited=wanted.invitation is not None)
    email, name = parse_email("/email", wanted.email), clean_line("/name", wanted.name)
    newcomer = Newcomer(email=email, name=name, invitation=wanted.invitation)
    await _require_invited(db, newcomer)
    require_uncommon(wanted.password, email=email, name=name)
    return newcomer


async def open_account(
    tx: Transaction, seals: Sealer, newcomer: Newcomer, password_hash: str, verification: AddressPolicy
) -> Profile:
    """Open an account. Raises EmailTaken where its owner asks or no address is proved, and InvalidInvitation."""
    email, name = newcomer.email, newcomer.name
    if newcomer.invitation is None and verification.is_on:
        return await register_or_tell(tx, seals, email=email, name=name, password_hash=password_hash)
    await _require_invited(tx, newcomer)
    person = await register_person(tx, email=email, name=name, password_hash=password_hash)
    if newcomer.invitation is not None:
        await verify_email(tx, person.id, clock.now())
        await announce_security(tx, EMAIL_VERIFIED, SecuritySnapshot(new_id(), person.id))
    return person


async def get_invited_email(db: Statements, invitation: str) -> str:
    """The address, folded, that an open invitation was mailed to. Raises InvalidInvitation."""
    email = await find_invited_email(db, hash_of_secret(invitation), clock.now())
    if email is None:
        raise _broken_invitation()
    return email


async def _require_invited(db: Statements, newcomer: Newcomer) -> None:
    """Refuse an invitation that is no more, or was mailed to another address; both look alike."""
    if newcomer.invitation is None:
        return
    if await get_invited_email(db, newcomer.invitation) != fold_email(newcomer.email):
        raise _broken_invitation()


def _broken_invitation() -> InvalidInvitation:
    return InvalidInvitation(errors=[FieldError("/invitation", "It is no open invitation of this address.")])
