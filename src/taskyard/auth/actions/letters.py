"""What people are told by mail about their account: queued with its cause, written when it is sent.

The job holds no address in plain: it asks for the person's, or holds another one sealed.
"""

from datetime import timedelta

import msgspec

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.device_names import name_device
from taskyard.auth.actions.mail_links import PURPOSES, MailLinks
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.models.mail import Letter
from taskyard.auth.queries import mail_links
from taskyard.auth.queries import people as queries
from taskyard.auth.queries.sessions import find_client_of_session
from taskyard.contracts.mail import MailKind, SecurityMail
from taskyard.contracts.people import Recipient
from taskyard.kit import clock
from taskyard.kit.database import Database, Statements
from taskyard.kit.emails import find_fold
from taskyard.kit.jobs import enqueue
from taskyard.kit.keys import Keys
from taskyard.kit.sealing import Sealer

SEND_LETTER = "send_security_mail"
ATTEMPTS = 200
"""With pauses up to an hour: some days, as for other mails."""
LATE = timedelta(hours=24)
"""A link that somebody asked for is not sent later than this."""
_CONTEXT = "mail"


class LetterDesk(msgspec.Struct, frozen=True):
    """What it takes to write letters: the links, and the seal on addresses."""

    links: MailLinks
    seals: Sealer


def letter_desk(keys: Keys, public_url: str) -> LetterDesk:
    """The desk of the auth service."""
    return LetterDesk(MailLinks(public_url, keys.derive("mail-links")), address_seals(keys))


def address_seals(keys: Keys) -> Sealer:
    """The seal on addresses in jobs."""
    return Sealer(keys.derive("mail-addresses"))


async def tell(tx: Statements, kind: MailKind, person_id: str) -> None:
    """Tell a person at their own address."""
    await _queue(tx, Letter(kind=kind, at=clock.now(), person_id=person_id))


async def tell_of_sign_in(tx: Statements, person_id: str, session_id: str) -> None:
    """Tell a person that somebody signed in with a device that they never used."""
    await _queue(tx, Letter(kind="new_sign_in", at=clock.now(), person_id=person_id, session_id=session_id))


async def tell_elsewhere(
    tx: Statements, seals: Sealer, kind: MailKind, email: str, *, person_id: str | None = None
) -> None:
    """Tell somebody at an address of which they have to prove that it is theirs, or which was theirs."""
    sealed = seals.seal(email.encode(), _CONTEXT)
    await _queue(tx, Letter(kind=kind, at=clock.now(), person_id=person_id, address=sealed))


async def tell_whoever_has(tx: Statements, seals: Sealer, kind: MailKind, email: str) -> None:
    """Tell the owner of an address, if there is one: which it is takes as long to queue, and three are sent an hour."""
    if await login_attempts.may_mail(tx, find_fold(email)):
        await tell_elsewhere(tx, seals, kind, email)


async def write_letter(database: Database, desk: LetterDesk, letter_id: str, letter: Letter) -> SecurityMail | None:
    """The mail that a letter becomes, its link remembered; None when there is nobody to tell, or it is too late."""
    recipient = await _recipient(database, desk, letter)
    if recipient is None:
        return None
    link = ""
    if letter.kind in PURPOSES:
        if clock.now() - letter.at > LATE:
            return None
        purpose, within = PURPOSES[letter.kind]
        token = desk.links.token_of(letter_id)
        values = (letter_id, purpose, recipient.id, recipient.email, hash_of(token), clock.now() + within)
        await mail_links.insert_link(database, values)
        link = desk.links.link_to(purpose, token)
    device, address = await _place(database, letter.session_id)
    return SecurityMail(
        id=letter_id,
        kind=letter.kind,
        recipient=recipient,
        at=letter.at,
        link=link,
        device=device,
        address=address,
    )


async def _place(database: Database, session_id: str | None) -> tuple[str, str]:
    """With what and from where somebody signed in."""
    if session_id is None:
        return "", ""
    client = await find_client_of_session(database, session_id)
    return name_device(client.user_agent if client else None), (client.address if client else None) or "?"


async def _queue(tx: Statements, letter: Letter) -> None:
    await enqueue(tx, SEND_LETTER, letter, max_attempts=ATTEMPTS)


async def _recipient(database: Database, desk: LetterDesk, letter: Letter) -> Recipient | None:
    address = desk.seals.open(letter.address, _CONTEXT).decode() if letter.address else ""
    if letter.person_id is None:
        return await queries.find_recipient_by_email(database, find_fold(address))
    found = await queries.list_recipients(database, [letter.person_id])
    if not found:
        return None
    return msgspec.structs.replace(found[0], email=address) if address else found[0]
