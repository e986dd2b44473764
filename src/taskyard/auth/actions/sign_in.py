"""Signing in: the password first, and where an account has one, a second factor after it.

Two short transactions around one hash. Nothing here knows HTTP: routes and pages both sign people in.
"""

import asyncio
import time
from datetime import timedelta
from random import SystemRandom

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.login_attempts import Attempt, AttemptsPending
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.sessions import Verified, start_session
from taskyard.auth.actions.signing_keys import hash_of, new_refresh_token
from taskyard.auth.errors import InvalidCredentials, TooManyAttempts
from taskyard.auth.models import Client, Credentials, LiveSession, SecondFactorNeeded
from taskyard.auth.queries import pending_sign_ins
from taskyard.auth.queries.people import KnownPassword, find_password
from taskyard.kit import clock, metrics
from taskyard.kit.database import Database, Transaction
from taskyard.kit.emails import find_fold
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable

LONGEST_WAIT = 10.0
"""Seconds a sign-in waits at most while every attempt its account has left is in the hasher."""
SECOND_STEP_LIFETIME = timedelta(minutes=5)
RECOVERY_CODE = "recovery_code"
_random = SystemRandom()


async def check_password(
    database: Database, hasher: PasswordHasher, credentials: Credentials, client: Client
) -> Verified:
    """Who a password belongs to. Raises InvalidCredentials, TooManyAttempts, Unavailable.

    The caller goes on with ``ask_for_second_factor`` or ``complete_sign_in``, which give the attempt back.
    """
    attempt, known = await _reserve(database, find_fold(credentials.email), client.address or "")
    try:
        is_right = await hasher.verify(known.password_hash if known else None, credentials.password)
    except Unavailable:
        await login_attempts.give_back(database, attempt)
        raise
    if known is None or not is_right:
        await login_attempts.keep_counted(database, attempt)
        metrics.count_sign_in("refused")
        raise InvalidCredentials
    return Verified(known.person_id, known.credentials_version, ("pwd",), tuple(known.second_factors), attempt)


async def complete_sign_in(tx: Transaction, verified: Verified, client: Client, refresh_token: str) -> LiveSession:
    """Begin the session of somebody whose password is all that the account asks for. Raises InvalidCredentials."""
    session = await start_session(tx, verified, client, refresh_token)
    if verified.attempt is not None:
        await login_attempts.give_back(tx, verified.attempt)
    return session


async def ask_for_second_factor(tx: Transaction, verified: Verified) -> SecondFactorNeeded:
    """Remember that the password was right, and say what must follow within five minutes."""
    token = new_refresh_token()
    expires_at = clock.now() + SECOND_STEP_LIFETIME
    values = (new_id(), hash_of(token), verified.person_id, verified.credentials_version, expires_at)
    await pending_sign_ins.insert_pending(tx, values)
    if verified.attempt is not None:
        await login_attempts.give_back(tx, verified.attempt)
    methods = [*verified.second_factors, RECOVERY_CODE]
    return SecondFactorNeeded(mfa_token=token, methods=methods, expires_in=int(SECOND_STEP_LIFETIME.total_seconds()))


async def _reserve(database: Database, email: str, address: str) -> tuple[Attempt, KnownPassword | None]:
    """Take an attempt, and look the account up in the same transaction.

    While all attempts left are in the hasher, wait for them: right passwords give theirs back.
    """
    give_up_at = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            async with database.transaction() as tx:
                known = await find_password(tx, email)
                return await login_attempts.reserve_attempt(tx, email, address), known
        except TooManyAttempts:
            metrics.count_sign_in("held_back")
            raise
        except AttemptsPending:
            if time.monotonic() > give_up_at:
                raise login_attempts.refusal() from None
        await asyncio.sleep(_random.uniform(0.05, 0.25))
