"""Whether a password is right: a few statements around one hash, for every door that people sign in by."""

import asyncio
import time
from random import SystemRandom

import msgspec

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.letters import tell
from taskyard.auth.actions.login_attempts import Attempt, AttemptsPending
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.sessions import Verified
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import InvalidCredentials, TooManyAttempts
from taskyard.auth.models import Client, Credentials, SecuritySnapshot
from taskyard.auth.queries.people import KnownPassword, find_password
from taskyard.contracts.auth import SIGN_IN_FAILED
from taskyard.kit import metrics
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Cause, Database
from taskyard.kit.emails import find_fold
from taskyard.kit.ids import new_id
from taskyard.kit.logs import current_request
from taskyard.kit.problems import Unavailable

LONGEST_WAIT = 10.0
"""Seconds a sign-in waits at most while every attempt its account has left is in the hasher."""
_random = SystemRandom()


class RightPassword(msgspec.Struct, frozen=True):
    """A person whose password was right, and the attempt that is given back when they are signed in."""

    verified: Verified
    attempt: Attempt
    is_device_known: bool


async def check_password(
    database: Database, hasher: PasswordHasher, credentials: Credentials, client: Client
) -> RightPassword:
    """Who signs in. Raises InvalidCredentials, TooManyAttempts, and Unavailable when too many are at it."""
    attempt, known = await _reserve(database, find_fold(credentials.email), client)
    try:
        is_right = await hasher.verify(known.password_hash if known else None, credentials.password)
    except Unavailable:
        await login_attempts.give_back(database, attempt)
        raise
    if known is None or not is_right:
        await _note_failure(database, attempt, known.person_id if known else None, client.address or "")
        metrics.count_sign_in("refused")
        raise InvalidCredentials
    if known.awaits_verification:
        await _remind(database, attempt, known.person_id, find_fold(credentials.email))
        raise InvalidCredentials
    verified = Verified(known.person_id, known.credentials_version, ("pwd",), tuple(known.second_factors))
    return RightPassword(verified, attempt, is_device_known=known.device_id is not None)


async def _note_failure(database: Database, attempt: Attempt, person_id: str | None, address: str) -> None:
    """Count a failure, and announce it alike whether there is such an account or not."""
    cause = Cause(request_id=current_request()[0], address=address)
    async with database.transaction(cause) as tx:
        await login_attempts.keep_counted(tx, attempt)
        about = SecuritySnapshot(new_id(), person_id, "wrong_password")
        change = Change(type=SIGN_IN_FAILED, resource_id=about.id, version=1, data=about, audience_id=person_id)
        await announce(tx, change)


async def _remind(database: Database, attempt: Attempt, person_id: str, email: str) -> None:
    """Mail the link again to somebody who has to prove their address first. To a stranger they look like nobody."""
    async with database.transaction() as tx:
        await login_attempts.keep_counted(tx, attempt)
        if await login_attempts.may_mail(tx, email):
            await tell(tx, "verify_address", person_id)
    metrics.count_sign_in("refused")


async def _reserve(database: Database, email: str, client: Client) -> tuple[Attempt, KnownPassword | None]:
    """Look the account up, and take an attempt. A known device has attempts of its own.

    While all attempts left are in the hasher, wait for them: right passwords give theirs back.
    """
    give_up_at = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            known = await find_password(database, email, hash_of(client.device_token or ""))
            device = known.device_id if known else None
            return await login_attempts.reserve_attempt(database, email, client.address or "", device), known
        except TooManyAttempts:
            metrics.count_sign_in("held_back")
            raise
        except AttemptsPending:
            if time.monotonic() > give_up_at:
                raise login_attempts.refusal() from None
        await asyncio.sleep(_random.uniform(0.05, 0.25))
