"""The statement of the sign-in that is by far the most frequent."""

from datetime import datetime

import msgspec

from taskyard.auth.models import Client
from taskyard.auth.queries.sessions import NewSession
from taskyard.contracts.auth import SESSION_STARTED
from taskyard.kit.database import Transaction
from taskyard.kit.joint_trips import Joint
from taskyard.kit.queries.changelog import with_event, with_origin


class SignInAtHome(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a sign-in on a known device, and the budgets its attempt was taken from."""

    session: NewSession
    client: Client
    device_hash: bytes
    token_hash: bytes
    token_expires_at: datetime
    budgets: list[str]
    window_start: datetime


_SIGN_IN_AT_HOME = Joint(
    f"""
    WITH person AS (
        SELECT p.id FROM people p
         WHERE p.id = $2 AND p.credentials_version = $3 AND p.disabled_at IS NULL FOR SHARE OF p
    ), device AS (
        UPDATE known_devices d SET last_used_at = $4 FROM person
         WHERE d.token_hash = $9 AND d.person_id = person.id RETURNING d.person_id
    ), written AS (
        INSERT INTO sessions (id, person_id, created_at, last_seen_at, expires_at, methods, address, user_agent)
        SELECT $1, person_id, $4, $4, $5, $6::text[], $7::text::inet, $8 FROM device RETURNING id
    ), token AS (
        INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at)
        SELECT $10, id, $4, $11 FROM written
    ), settled AS (
        UPDATE login_attempts AS present SET pending = present.pending - 1
          FROM (SELECT budget FROM login_attempts
                 WHERE budget = ANY($12::text[]) AND window_start = $13 AND EXISTS (SELECT FROM written)
                 ORDER BY budget FOR UPDATE) AS attempt
         WHERE present.budget = attempt.budget AND present.window_start = $13
    ), {with_event("written", 14)}, {with_origin(14)}
    SELECT EXISTS (SELECT FROM written)
    """,
    is_write=True,
)


async def sign_in_at_home(tx: Transaction, new: SignInAtHome, event: tuple[object, ...]) -> bool:
    """Begin a session with its refresh token and event on a known device, and give the attempt back; all or nothing.

    False where the person was disabled, changed their credentials, or forgot the device meanwhile.
    """
    return await tx.write_announced(
        SESSION_STARTED,
        _SIGN_IN_AT_HOME,
        None,
        *new.session,
        new.client.address,
        new.client.user_agent,
        new.device_hash,
        new.token_hash,
        new.token_expires_at,
        new.budgets,
        new.window_start,
        *event,
    )
