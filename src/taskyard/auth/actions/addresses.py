"""E-mail addresses: proved by a mailed link, and exchanged for another; the old one is told."""

import msgspec

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.letters import tell, tell_elsewhere
from taskyard.auth.actions.password_changes import broken_link
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import EmailTaken
from taskyard.auth.models import Profile, SecuritySnapshot
from taskyard.auth.models.mail import Purpose, UsedLink
from taskyard.auth.queries import mail_links
from taskyard.auth.queries import people as queries
from taskyard.contracts.auth import EMAIL_CHANGED, EMAIL_VERIFIED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.emails import fold_email
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.kit.sealing import Sealer

_PROVING: list[Purpose] = ["verify", "change"]


async def ask_to_verify(tx: Transaction, caller: Principal) -> None:
    """Mail the caller a link that proves the address they have, three an hour at most."""
    profile = await _load(tx, caller.id)
    if await login_attempts.may_mail(tx, fold_email(profile.email)):
        await tell(tx, "verify_address", caller.id)


async def ask_to_change_email(tx: Transaction, caller: Principal, seals: Sealer, email: str) -> Profile:
    """Mail a link to the new address; until it is followed everything stays as it is."""
    profile = await _load(tx, caller.id)
    await tell_elsewhere(tx, seals, "change_address", email, person_id=caller.id)
    return profile


async def change_email(tx: Transaction, caller: Principal, seals: Sealer, email: str) -> Profile:
    """Exchange the address at once, where no mail is sent that could prove it. Raises EmailTaken."""
    return await _exchange(tx, await _load(tx, caller.id), seals, email, is_verified=False)


async def follow_link(tx: Transaction, seals: Sealer, token: str) -> None:
    """Prove an address by its link; a new one takes the place of the old. Raises InvalidLink, EmailTaken."""
    link = await mail_links.use_link(tx, hash_of(token), _PROVING, clock.now())
    if link is None:
        raise broken_link()
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=link.person_id)
    if link.purpose == "change":
        await _exchange(tx, await _load(tx, link.person_id), seals, link.email, is_verified=True)
    else:
        await _verify(tx, link)


async def _verify(tx: Transaction, link: UsedLink) -> None:
    if await queries.verify_email(tx, link.person_id, clock.now()):
        await announce_security(tx, EMAIL_VERIFIED, SecuritySnapshot(new_id(), link.person_id))


async def _load(tx: Transaction, person_id: str) -> Profile:
    profile = await queries.find_profile_for_update(tx, person_id)
    if profile is None:
        raise NotFound
    return profile


async def _exchange(tx: Transaction, before: Profile, seals: Sealer, email: str, *, is_verified: bool) -> Profile:
    now = clock.now()
    after = msgspec.structs.replace(
        before, email=email, version=before.version + 1, updated_at=max(now, before.updated_at)
    )
    try:
        await queries.change_email(tx, after, fold_email(email), now if is_verified else None)
    except DuplicateRow as error:
        raise EmailTaken from error
    await announce_security(tx, EMAIL_CHANGED, SecuritySnapshot(before.id, before.id), version=after.version)
    await tell_elsewhere(tx, seals, "address_changed", before.email, person_id=before.id)
    return after
