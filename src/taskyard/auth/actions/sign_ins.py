"""Signing in where a password is enough: a session begins, and the attempt is given back."""

import msgspec

from taskyard.auth.actions.login_attempts import give_back
from taskyard.auth.actions.password_check import RightPassword
from taskyard.auth.actions.sessions import ABSOLUTE_LIFETIME, start_session
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.models import Client, LiveSession, SecuritySnapshot
from taskyard.auth.queries.sign_ins import SignInAtHome, sign_in_at_home
from taskyard.contracts.auth import SESSION_STARTED
from taskyard.kit import clock
from taskyard.kit.browsers import IDLE_LIFETIME
from taskyard.kit.changelog import Change, event_values
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id


async def sign_in(tx: Transaction, right: RightPassword, client: Client, refresh_token: str) -> LiveSession:
    """Begin a session of a client that keeps tokens. Raises as ``start_session``."""
    session = await _sign_in_at_home(tx, right, client, refresh_token) if right.is_device_known else None
    if session is None:
        session = await start_session(tx, right.verified, client, refresh_token)
        await give_back(tx, right.attempt)
    return session


async def _sign_in_at_home(
    tx: Transaction, right: RightPassword, client: Client, refresh_token: str
) -> LiveSession | None:
    """All of it in one statement, which is the whole transaction; None, and nothing done, where it does not fit."""
    now, verified = clock.now(), right.verified
    session = LiveSession(new_id(), verified.person_id, now, verified.methods)
    about = SecuritySnapshot(session.id, session.person_id)
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=session.person_id)
    change = Change(type=SESSION_STARTED, resource_id=about.id, version=1, data=about, audience_id=about.person_id)
    new = SignInAtHome(
        session=(
            session.id,
            verified.person_id,
            verified.credentials_version,
            now,
            now + ABSOLUTE_LIFETIME,
            session.methods,
        ),
        client=client,
        device_hash=hash_of(client.device_token or ""),
        token_hash=hash_of(refresh_token),
        token_expires_at=now + IDLE_LIFETIME,
        budgets=right.attempt.budgets,
        window_start=right.attempt.window_start,
    )
    began = await sign_in_at_home(tx, new, (*event_values(tx.cause, change), tx.cause.address))
    return session if began else None
