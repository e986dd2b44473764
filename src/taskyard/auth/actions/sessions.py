"""Sessions: a sign-in on one device, kept alive by refresh tokens that change with every use."""

from datetime import timedelta

import msgspec

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.known_devices import recognise_device
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors import InvalidCredentials, InvalidRefreshToken, SecondFactorMissing
from taskyard.auth.models import Client, LiveSession, SecuritySnapshot
from taskyard.auth.queries import refresh_tokens as tokens
from taskyard.auth.queries import sessions as queries
from taskyard.auth.queries.oauth_consents import delete_consent_of_session
from taskyard.auth.queries.refresh_tokens import StoredToken
from taskyard.contracts.auth import SESSION_REVOKED, SESSION_STARTED
from taskyard.kit import clock
from taskyard.kit.browsers import IDLE_LIFETIME, hash_of_cookie
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound

ABSOLUTE_LIFETIME = timedelta(days=90)
REPEAT_WITHIN = timedelta(seconds=10)
"""For so long a used refresh token gets its successor again: the answer may have been lost."""

FIRST_VERSION = 1
"""Of the credentials of an account that was just made."""


class Verified(msgspec.Struct, frozen=True):
    """A person who proved who they are: by what (RFC 8176), and with which version of their credentials.

    ``second_factors`` are what the account asks for besides, and has not been given.
    """

    person_id: str
    credentials_version: int
    methods: tuple[str, ...]
    second_factors: tuple[str, ...] = ()


async def start_session(tx: Transaction, verified: Verified, client: Client, refresh_token: str) -> LiveSession:
    """Begin a session of a client that keeps tokens. Raises InvalidCredentials as ``_begin``."""
    session = await _begin(tx, verified, client)
    await tokens.insert_refresh_token(
        tx, hash_of(refresh_token), session.id, session.started_at, session.started_at + IDLE_LIFETIME
    )
    return session


async def start_browser_session(tx: Transaction, verified: Verified, client: Client, cookie: str) -> LiveSession:
    """Begin a session of a browser, which keeps a cookie. Raises InvalidCredentials as ``_begin``."""
    session = await _begin(tx, verified, client)
    await queries.bind_cookie(tx, session.id, hash_of_cookie(cookie))
    return session


async def replace_session(tx: Transaction, caller: Principal, successor: LiveSession) -> None:
    """End the session a browser had before it signed in again: its cookie is worth nothing any more.

    What the same person allowed clients stays.
    """
    if caller.id == successor.person_id:
        await queries.move_clients(tx, caller.session_id, successor.id, caller.id)
    await _end_session(tx, caller.session_id, caller.id, "signed_in_again")


async def _begin(tx: Transaction, verified: Verified, client: Client) -> LiveSession:
    """A new session. Raises InvalidCredentials when the account's credentials changed since they were checked.

    Raises SecondFactorMissing where the account asks for more than was given, whichever door forgot to ask.
    """
    if verified.second_factors:
        raise SecondFactorMissing
    now, session_id, methods = clock.now(), new_id(), verified.methods
    values = (session_id, verified.person_id, verified.credentials_version, now, now + ABSOLUTE_LIFETIME, methods)
    if not await queries.insert_session(tx, values, client):
        raise InvalidCredentials
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=verified.person_id)
    await announce_security(tx, SESSION_STARTED, SecuritySnapshot(session_id, verified.person_id))
    session = LiveSession(session_id, verified.person_id, now, methods)
    return msgspec.structs.replace(session, device_token=await recognise_device(tx, session, client))


async def rotate_refresh_token(
    tx: Transaction, presented: str, successor: str, *, client_id: str | None = None
) -> LiveSession | None:
    """Replace a refresh token of a client, or of a sign-in without one, by its successor. Raises InvalidRefreshToken.

    None when it was used before: then somebody else has it, and the session has been ended, which the caller
    must commit.
    """
    now, token_hash = clock.now(), hash_of(presented)
    stored = await tokens.find_token_for_update(tx, token_hash)
    if stored is None or stored.client_id != client_id or stored.is_ended:
        raise InvalidRefreshToken
    if min(stored.session_expires_at, stored.expires_at) <= now:
        raise InvalidRefreshToken
    session = _live(stored)
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=session.person_id)
    if stored.used_at is None:
        expires_at = min(now + IDLE_LIFETIME, stored.session_expires_at)
        await tokens.mark_token_used(tx, token_hash, now)
        await tokens.insert_refresh_token(tx, hash_of(successor), session.id, now, expires_at)
        await queries.touch_session(tx, session.id, now)
    elif now - stored.used_at > REPEAT_WITHIN:
        await _end_session(tx, session.id, session.person_id, "refresh_token_reused")
        return None
    return session


async def sign_out(tx: Transaction, caller: Principal, session_id: str) -> None:
    """End the session the caller is signed in with; doing so twice is no fault."""
    await _end_session(tx, session_id, caller.id, "signed_out")


async def end_session(tx: Transaction, caller: Principal, session_id: str) -> None:
    """End one session of the caller; if it is a client's, that must ask again. Raises NotFound for none that lives."""
    if not await _end_session(tx, session_id, caller.id, "ended_by_owner"):
        raise NotFound
    await delete_consent_of_session(tx, session_id, caller.id)


async def end_all_sessions(tx: Transaction, caller: Principal) -> None:
    """End every session of the caller, the present one too."""
    await end_sessions_of(tx, caller.id, "ended_by_owner")


async def end_other_sessions(tx: Transaction, caller: Principal, reason: str) -> None:
    """End every session of the caller but the present one."""
    await end_sessions_of(tx, caller.id, reason, kept=caller.session_id)


async def end_sessions_of(tx: Transaction, person_id: str, reason: str, *, kept: str = "") -> None:
    """End the sessions of a person, whoever or whatever wants that; ``kept`` may go on."""
    for session_id in await queries.revoke_sessions_of(tx, person_id, clock.now(), reason, kept=kept or None):
        await announce_security(tx, SESSION_REVOKED, SecuritySnapshot(session_id, person_id, reason), version=2)


async def _end_session(tx: Transaction, session_id: str, person_id: str, reason: str) -> bool:
    ended = await queries.revoke_session(tx, session_id, person_id, clock.now(), reason)
    for ended_id in ended:
        await announce_security(tx, SESSION_REVOKED, SecuritySnapshot(ended_id, person_id, reason), version=2)
    return session_id in ended


def _live(stored: StoredToken) -> LiveSession:
    return LiveSession(
        stored.session_id,
        stored.person_id,
        stored.started_at,
        tuple(stored.methods),
        stored.client_id,
        tuple(stored.scopes or ()),
        stored.resource,
        stored.login_id,
    )
