"""What the auth service does by the clock."""

from datetime import timedelta

from taskyard.auth.actions.login_attempts import CODE_WINDOW
from taskyard.auth.actions.signing_keys import SigningKeys, rotate_signing_keys
from taskyard.auth.queries.api_keys import delete_keys_ended_before
from taskyard.auth.queries.login_attempts import delete_attempts_before
from taskyard.auth.queries.pending_sign_ins import delete_pending_expired_before
from taskyard.auth.queries.refresh_tokens import delete_tokens_expired_before
from taskyard.auth.queries.sessions import delete_sessions_ended_before
from taskyard.kit import clock
from taskyard.kit.database import Database

KEEP_ENDED_SESSIONS = timedelta(days=30)
"""Long enough that no unexpired access token belongs to a forgotten session, and to answer questions."""
_BATCH = 1_000


async def forget_expired(database: Database) -> None:
    """Delete what ended a month ago (sessions, API keys), tokens nobody can use, sign-ins left half way, and windows.

    A batch per transaction, so that nobody waits.
    """
    now = clock.now()
    while await delete_tokens_expired_before(database, now, _BATCH) == _BATCH:
        pass
    while await delete_sessions_ended_before(database, now - KEEP_ENDED_SESSIONS, _BATCH) == _BATCH:
        pass
    while await delete_keys_ended_before(database, now - KEEP_ENDED_SESSIONS, _BATCH) == _BATCH:
        pass
    await delete_attempts_before(database, now - 2 * CODE_WINDOW)
    await delete_pending_expired_before(database, now)


async def rotate_keys(database: Database, signing: SigningKeys) -> None:
    """Replace the key that signs access tokens. Other processes load it by ``SigningKeys.load``."""
    fresh = await signing.new_key()
    async with database.transaction() as tx:
        await rotate_signing_keys(tx, fresh)
    await signing.load()
