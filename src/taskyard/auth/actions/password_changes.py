"""New passwords: by somebody who is signed in, or by the link that was mailed. Sessions do not outlive the old one."""

import msgspec

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.sessions import Verified, end_sessions_of
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import InvalidCredentials, InvalidLink
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.mail import LinkOwner, Purpose
from taskyard.auth.queries import mail_links
from taskyard.auth.queries.known_devices import delete_devices_of
from taskyard.auth.queries.people import set_password, verify_email
from taskyard.contracts.auth import PASSWORD_CHANGED
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import FieldError

_RESET: list[Purpose] = ["reset"]


async def change_password(tx: Transaction, caller: Principal, verified: Verified, password_hash: str) -> None:
    """Store the caller's new password and end their other sessions.

    Raises InvalidCredentials when the account's credentials changed since the old one was checked.
    """
    if not await set_password(tx, caller.id, verified.credentials_version, password_hash):
        raise InvalidCredentials
    await delete_devices_of(tx, caller.id)
    await end_sessions_of(tx, caller.id, "password_changed", kept=caller.session_id)
    await announce_security(tx, PASSWORD_CHANGED, SecuritySnapshot(new_id(), caller.id))


async def get_link_owner(db: Statements, token: str) -> LinkOwner:
    """Whose password a link may set. Raises InvalidLink."""
    owner = await mail_links.find_link_owner(db, hash_of(token), _RESET, clock.now())
    if owner is None:
        raise broken_link()
    return owner


async def reset_password(tx: Transaction, token: str, password_hash: str) -> None:
    """Store the password of whoever got the link, once; all their sessions end. Raises InvalidLink.

    Nobody is signed in by it, so a second factor is asked for as ever. The mailbox is proved besides.
    """
    link = await mail_links.use_link(tx, hash_of(token), _RESET, clock.now())
    if link is None or not await set_password(tx, link.person_id, link.credentials_version, password_hash):
        raise broken_link()
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=link.person_id)
    await verify_email(tx, link.person_id, clock.now())
    await delete_devices_of(tx, link.person_id)
    await end_sessions_of(tx, link.person_id, "password_reset")
    await announce_security(tx, PASSWORD_CHANGED, SecuritySnapshot(new_id(), link.person_id, "reset"))


def broken_link() -> InvalidLink:
    """The refusal of a link that is not good."""
    return InvalidLink(errors=[FieldError("/token", InvalidLink.title())])
