"""How a mail leaves: by a mail server, or without one into a folder."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from taskyard.kit import clock

Post: TypeAlias = Callable[[str, EmailMessage], Awaitable[None]]
"""Takes a mail's id and the message; returns once somebody else is responsible for it. Raises MailRefused."""

STEP_SECONDS = 10.0
"""The longest wait for one answer of the mail server."""
WHOLE_SECONDS = 30.0
"""The longest that handing over one mail may take."""
KEEP = timedelta(days=30)
"""How long mails stay in the folder."""
_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

log = structlog.get_logger()


class MailRefused(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """The mail server will never take mail for this address; trying again is of no use."""


def post_of(smtp_url: str | None, folder: Path) -> Post:
    """The way out: a mail server, or a folder where there is none."""
    if smtp_url is None:
        return lambda mail_id, message: _keep(folder, mail_id, message)
    return lambda _, message: _send(smtp_url, message)


async def _send(smtp_url: str, message: EmailMessage) -> None:
    """Hand over to the server. What fails after it took the mail does not count, or the mail would be sent again."""
    recipient = message["To"].addresses[0].addr_spec
    client = _client(smtp_url)
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            await client.connect()
            sender = parseaddr(str(message["From"]))[1]
            await _hand_over(client, sender, recipient, message)
        with suppress(aiosmtplib.SMTPException, TimeoutError, OSError):
            await client.quit(timeout=1)
    finally:
        client.close()


async def _hand_over(client: aiosmtplib.SMTP, sender: str, recipient: str, message: EmailMessage) -> None:
    options = [] if recipient.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
    try:
        await client.sendmail(sender, [recipient], message.as_bytes(), mail_options=options)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        if all(one.code >= 500 for one in refused.recipients):
            raise MailRefused from refused
        raise
    except aiosmtplib.SMTPNotSupported as refused:  # the address is not ASCII and the server knows nothing else
        raise MailRefused from refused


def _client(smtp_url: str) -> aiosmtplib.SMTP:
    """A connection to be opened: with TLS, or by STARTTLS where it is offered; no password leaves without either."""
    parts = urlsplit(smtp_url)
    is_local = parts.hostname in _LOOPBACK
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=True if parts.scheme == "smtp" and parts.username and not is_local else None,
        timeout=STEP_SECONDS,
    )


async def _keep(folder: Path, mail_id: str, message: EmailMessage) -> None:
    """Put the mail into the folder, under its id, so that a repeated one takes the place of the first."""
    path = folder / f"{mail_id}.eml"
    try:
        await asyncio.to_thread(_write, path, message.as_bytes())
    except OSError as error:
        log.warning("mail_dropped", reason="no mail server is set, and the folder cannot be written", error=str(error))
        return
    log.info("mail_kept", path=str(path), reason="no mail server is set (TASKYARD_SMTP_URL)")


async def forget_kept(folder: Path) -> None:
    """Delete the mails that were put into the folder long ago: they hold names and addresses."""
    forgotten = await asyncio.to_thread(_delete_older, folder, (clock.now() - KEEP).timestamp())
    if forgotten:
        log.info("kept_mails_forgotten", count=forgotten)


def _delete_older(folder: Path, before: float) -> int:
    deleted = 0
    for path in (*folder.glob("*.eml"), *folder.glob(".*.eml.*")):  # the mails, and drafts of who died writing
        with suppress(FileNotFoundError):  # another process was faster
            if path.stat().st_mtime < before:
                path.unlink()
                deleted += 1
    return deleted


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
