"""Whose account an identity is. It is known by issuer and subject alone; an e-mail address never opens an account.

Whoever can have a provider say an address could otherwise walk into the account of its owner.
"""

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.federation.group_roles import announce_groups
from taskyard.auth.actions.people import register_person
from taskyard.auth.actions.sessions import FIRST_VERSION, Verified
from taskyard.auth.errors import EmailTaken
from taskyard.auth.errors.federation import IdentityNotLinked, IdentityTaken, NoAccount
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.federation import Claimed, StoredProvider
from taskyard.auth.queries import identities as queries
from taskyard.auth.queries.people import verify_email
from taskyard.contracts.auth import EMAIL_VERIFIED, IDENTITY_LINKED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.emails import parse_email
from taskyard.kit.ids import new_id
from taskyard.kit.problems import InvalidInput
from taskyard.kit.text import clean_line

FEDERATED = "fed"
"""The method of such a sign-in in ``amr``. RFC 8176 has no word for it."""
_LONGEST_NAME = 200


async def sign_in_as(tx: Transaction, provider: StoredProvider, claimed: Claimed) -> Verified:
    """Who signs in; they get an account where the provider makes some. Raises NoAccount and IdentityNotLinked."""
    require_domain(provider, claimed)
    known = await queries.find_known(tx, claimed.issuer, claimed.subject)
    if known is None:
        verified = await _open_account(tx, provider, claimed)
    else:
        await queries.note_use(tx, known.id, clock.now())
        factors = tuple(known.second_factors)
        verified = Verified(known.person_id, known.credentials_version, (FEDERATED,), factors)
    await announce_groups(tx, provider, verified.person_id, claimed.groups)
    return verified


def require_domain(provider: StoredProvider, claimed: Claimed) -> None:
    """Refuse who has no address in the domains of a provider that has some. Raises NoAccount."""
    if not provider.email_domains:
        return
    email = vouched_email(provider, claimed)
    if email is None or email.rpartition("@")[2].casefold() not in provider.email_domains:
        raise NoAccount("Only people with an e-mail address of certain domains sign in this way.")


def vouched_email(provider: StoredProvider, claimed: Claimed) -> str | None:
    """The address that the provider says, if it verified it or is believed without."""
    is_vouched = claimed.is_email_verified or provider.trusts_emails
    return claimed.email if is_vouched else None


async def link(tx: Transaction, person_id: str, claimed: Claimed, reason: str) -> str:
    """Let an identity belong to an account; its id. Raises IdentityTaken."""
    identity_id = new_id()
    values = (identity_id, person_id, claimed.issuer, claimed.subject, clock.now())
    if not await queries.insert_identity(tx, values):
        raise IdentityTaken
    await announce_security(tx, IDENTITY_LINKED, SecuritySnapshot(identity_id, person_id, reason))
    return identity_id


async def _open_account(tx: Transaction, provider: StoredProvider, claimed: Claimed) -> Verified:
    """An account without a password, for somebody who has none. Raises NoAccount and IdentityNotLinked."""
    if not provider.creates_accounts or await queries.is_identity_taken(tx, claimed.issuer, claimed.subject):
        raise NoAccount
    email = _address(vouched_email(provider, claimed))
    try:
        person = await register_person(tx, email=email, name=_name(claimed.name, email), password_hash=None)
    except EmailTaken:
        raise IdentityNotLinked from None
    await verify_email(tx, person.id, clock.now())
    await announce_security(tx, EMAIL_VERIFIED, SecuritySnapshot(new_id(), person.id))
    await queries.note_use(tx, await link(tx, person.id, claimed, "first_sign_in"), clock.now())
    return Verified(person.id, FIRST_VERSION, (FEDERATED,))


def _address(email: str | None) -> str:
    try:
        return parse_email("/email", email or "")
    except InvalidInput:
        raise NoAccount("The provider does not say an e-mail address that it has verified.") from None


def _name(name: str | None, email: str) -> str:
    """What to call somebody; what no screen can take is not taken."""
    try:
        return clean_line("/name", (name or "")[:_LONGEST_NAME])
    except InvalidInput:
        return email.partition("@")[0][:_LONGEST_NAME]
