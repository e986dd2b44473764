"""Accounts: signing up, what people change about themselves, and what other services may ask."""

from datetime import datetime

import msgspec
from msgspec import UNSET

from taskyard.auth.actions.letters import tell, tell_whoever_has
from taskyard.auth.errors import EmailTaken
from taskyard.auth.models import PersonSnapshot, Profile, ProfilePatch
from taskyard.auth.queries import people as queries
from taskyard.contracts.auth import PERSON_REGISTERED, PERSON_UPDATED
from taskyard.contracts.people import Person, Recipient
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.emails import find_fold, fold_email
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.kit.sealing import Sealer
from taskyard.kit.text import clean_line

MOST_PEOPLE = 200


async def register_person(
    tx: Transaction, *, email: str, name: str, password_hash: str | None, must_verify: bool = False
) -> Profile:
    """Open an account; whoever registers is the actor. Raises EmailTaken.

    With ``must_verify`` the address is proved by a mailed link before anybody can sign in.
    """
    values = (new_id(), email, fold_email(email), name, password_hash, clock.now(), must_verify)
    person = await queries.insert_person(tx, values)
    if person is None:
        raise EmailTaken
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=person.id)
    await announce(tx, _change(PERSON_REGISTERED, person))
    if must_verify:
        await tell(tx, "verify_address", person.id)
    return person


async def register_or_tell(tx: Transaction, seals: Sealer, *, email: str, name: str, password_hash: str) -> Profile:
    """Open an account whose address must be verified, or tell the owner of the address; nobody else sees which.

    Both are as many statements, so that no clock tells it either.
    """
    try:
        return await register_person(tx, email=email, name=name, password_hash=password_hash, must_verify=True)
    except EmailTaken:
        await tell_whoever_has(tx, seals, "address_known", email)
        return _pretend_to_register(email, name)


def _pretend_to_register(email: str, name: str) -> Profile:
    """What somebody is answered who registers with an address that is taken, where only its owner may learn that."""
    now = clock.now()
    return Profile(new_id(), email, name, "UTC", "en", now, now, 1)


async def get_profile(db: Statements, caller: Principal) -> Profile:
    """The caller's own account. Raises NotFound when it is gone or disabled."""
    profile = await queries.find_profile(db, caller.id)
    if profile is None:
        raise NotFound
    return profile


async def update_profile(tx: Transaction, caller: Principal, patch: ProfilePatch, expected: int | None) -> Profile:
    """Change the caller's own account; what stays the same makes no new version."""
    before = await queries.find_profile_for_update(tx, caller.id)
    if before is None:
        raise NotFound
    require_version(expected, before.version)
    after = _patched(before, patch)
    if after == before:
        return before
    after = msgspec.structs.replace(after, version=before.version + 1, updated_at=_later(before.updated_at))
    await queries.update_profile(tx, after)
    await announce(tx, _change(PERSON_UPDATED, after, before))
    return after


class PeopleOfAuth:
    """Answers what other services ask about people (contracts.people.People and Recipients)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_person_by_email(self, *, email: str) -> Person | None:
        """The enabled person with this address, compared without regard to case."""
        return await queries.find_person_by_email(self._database, find_fold(email))

    async def list_people(self, *, ids: list[str]) -> list[Person]:
        """The people with these ids; unknown ids are left out. Raises InvalidInput for more than 200."""
        return await queries.list_people(self._database, _known_form(ids))

    async def find_time_zone(self, *, id: str) -> str | None:  # noqa: A002 - the word of the contract
        """The zone in which an enabled person's days begin; None for who is no person."""
        profile = await queries.find_profile(self._database, id) if is_id(id) else None
        return None if profile is None else profile.time_zone

    async def list_recipients(self, *, ids: list[str]) -> list[Recipient]:
        """The enabled people with these ids; others are left out. Raises InvalidInput for more than 200."""
        return await queries.list_recipients(self._database, _known_form(ids))


def _known_form(ids: list[str]) -> list[str]:
    """Those of the texts that are ids at all. Raises InvalidInput for more than 200."""
    if len(ids) > MOST_PEOPLE:
        raise invalid("/ids", f"At most {MOST_PEOPLE} people can be asked for at once.")
    return [text for text in ids if is_id(text)]


def _patched(profile: Profile, patch: ProfilePatch) -> Profile:
    changes: dict[str, str] = {}
    if patch.name is not UNSET:
        changes["name"] = clean_line("/name", patch.name)
    if patch.time_zone is not UNSET:
        if patch.time_zone not in clock.TIME_ZONES:
            raise invalid("/time_zone", f"{patch.time_zone!r} is not the name of a time zone.")
        changes["time_zone"] = patch.time_zone
    if patch.locale is not UNSET:
        changes["locale"] = patch.locale
    return msgspec.structs.replace(profile, **changes)


def _later(than: datetime) -> datetime:
    return max(clock.now(), than)


def _change(event: str, person: Profile, before: Profile | None = None) -> Change:
    """An event about an account, which only its owner may see and which holds no name or address."""
    data = _snapshot(person)
    return Change(
        type=event,
        resource_id=person.id,
        version=person.version,
        data=data,
        changes=changed_fields(_snapshot(before), data) if before else {},
        audience_id=person.id,
    )


def _snapshot(person: Profile) -> PersonSnapshot:
    return PersonSnapshot(id=person.id, time_zone=person.time_zone, locale=person.locale, version=person.version)
