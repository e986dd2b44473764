"""Sessions of clients: what a person allowed one, listed, refreshed and ended like any sign-in of theirs."""

import msgspec

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.sessions import ABSOLUTE_LIFETIME
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.errors.oauth import InvalidGrant
from taskyard.auth.models import Client, LiveSession, SecuritySnapshot
from taskyard.auth.models.oauth import Grant
from taskyard.auth.queries import client_sessions as queries
from taskyard.auth.queries import refresh_tokens, sessions
from taskyard.contracts.auth import SESSION_REVOKED, SESSION_STARTED
from taskyard.kit import clock
from taskyard.kit.browsers import IDLE_LIFETIME
from taskyard.kit.database import Transaction


async def start_client_session(
    tx: Transaction, session_id: str, grant: Grant, caller: Client, refresh_token: str | None
) -> LiveSession:
    """Begin what a person allowed. Raises InvalidGrant when they, or the sign-in it hangs on, are gone."""
    now = clock.now()
    values = (
        *(session_id, grant.person_id, grant.client_id, grant.login_id),
        *(grant.signed_in_at, grant.scopes, grant.resource, now, now + ABSOLUTE_LIFETIME),
    )
    methods = await queries.insert_client_session(tx, values, caller)
    if methods is None:
        raise InvalidGrant
    if refresh_token is not None:
        await refresh_tokens.insert_refresh_token(tx, hash_of(refresh_token), session_id, now, now + IDLE_LIFETIME)
    tx.cause = msgspec.structs.replace(tx.cause, actor_id=grant.person_id)
    await announce_security(tx, SESSION_STARTED, SecuritySnapshot(session_id, grant.person_id))
    return LiveSession(
        session_id,
        grant.person_id,
        grant.signed_in_at,
        tuple(methods),
        grant.client_id,
        tuple(grant.scopes),
        grant.resource,
        grant.login_id,
    )


async def end_client_session(tx: Transaction, session_id: str, person_id: str, reason: str) -> None:
    """End what a person allowed a client; doing so twice is no fault."""
    for ended_id in await sessions.revoke_session(tx, session_id, person_id, clock.now(), reason):
        await announce_security(tx, SESSION_REVOKED, SecuritySnapshot(ended_id, person_id, reason), version=2)


async def end_sessions_of_client(tx: Transaction, client_id: str, reason: str) -> None:
    """End everything that anybody allowed a client."""
    for session_id, person_id in await queries.revoke_sessions_of_client(tx, client_id, clock.now(), reason):
        await announce_security(tx, SESSION_REVOKED, SecuritySnapshot(session_id, person_id, reason), version=2)
