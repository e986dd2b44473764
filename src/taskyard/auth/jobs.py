"""What the auth service does by the clock."""

from datetime import timedelta

import msgspec

from taskyard.auth.actions.known_devices import LIFETIME
from taskyard.auth.actions.letters import SEND_LETTER, LetterDesk, write_letter
from taskyard.auth.actions.login_attempts import CODE_WINDOW
from taskyard.auth.actions.signing_keys import SigningKeys, rotate_signing_keys
from taskyard.auth.models.mail import Letter
from taskyard.auth.queries.api_keys import delete_keys_ended_before
from taskyard.auth.queries.known_devices import delete_devices_unused_since
from taskyard.auth.queries.login_attempts import delete_attempts_before
from taskyard.auth.queries.mail_links import delete_links_expired_before
from taskyard.auth.queries.oauth_codes import delete_codes_before
from taskyard.auth.queries.oauth_devices import delete_devices_before
from taskyard.auth.queries.oauth_requests import delete_requests_before
from taskyard.auth.queries.passkeys import delete_challenges_expired_before
from taskyard.auth.queries.pending_sign_ins import delete_pending_expired_before
from taskyard.auth.queries.refresh_tokens import delete_tokens_expired_before
from taskyard.auth.queries.sessions import delete_sessions_ended_before
from taskyard.contracts.mail import SecurityMails
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.jobs import Job, JobHandler
from taskyard.kit.queries.origins import delete_origins_before

KEEP_ENDED_SESSIONS = timedelta(days=30)
"""Long enough that no unexpired access token belongs to a forgotten session, and to answer questions."""
KEEP_USED_CODES = timedelta(days=1)
"""So long a code of OAuth that comes again ends what came of it."""
KEEP_ORIGINS = timedelta(days=1)
"""Longer than the audit trail is ever behind; it keeps what it needs."""
_BATCH = 1_000


async def forget_expired(database: Database) -> None:
    """Delete what ended a month ago (sessions, API keys), tokens and codes nobody can use, half-way sign-ins, windows.

    A batch per transaction, so that nobody waits.
    """
    now = clock.now()
    while await delete_tokens_expired_before(database, now, _BATCH) == _BATCH:
        pass
    while await delete_sessions_ended_before(database, now - KEEP_ENDED_SESSIONS, _BATCH) == _BATCH:
        pass
    while await delete_keys_ended_before(database, now - KEEP_ENDED_SESSIONS, _BATCH) == _BATCH:
        pass
    await delete_origins_before(database, now - KEEP_ORIGINS)
    await delete_attempts_before(database, now - 2 * CODE_WINDOW)
    await delete_pending_expired_before(database, now)
    await delete_challenges_expired_before(database, now)
    await delete_devices_unused_since(database, now - LIFETIME)
    await delete_links_expired_before(database, now - KEEP_ENDED_SESSIONS)
    for delete_before in (delete_codes_before, delete_requests_before, delete_devices_before):
        await delete_before(database, now - KEEP_USED_CODES)


class LetterBox(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that telling people takes."""

    database: Database
    desk: LetterDesk
    mails: SecurityMails


def letter_handlers(box: LetterBox) -> dict[str, JobHandler]:
    """The jobs that tell people. They have a runner of their own, as a mail server may hang."""

    async def send(job: Job) -> None:
        mail = await write_letter(box.database, box.desk, job.id, job.read(Letter))
        if mail is not None:
            await box.mails.send_security_mail(mail=mail)

    return {SEND_LETTER: send}


async def rotate_keys(database: Database, signing: SigningKeys) -> None:
    """Replace the key that signs access tokens. Other processes load it by ``SigningKeys.load``."""
    fresh = await signing.new_key()
    async with database.transaction() as tx:
        await rotate_signing_keys(tx, fresh)
    await signing.load()
