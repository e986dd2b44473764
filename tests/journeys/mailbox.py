"""The mails of a Taskyard that has no mail server: files in its folder."""

import email
import re
import time
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

_TOKEN = re.compile(r"\?token=([\w-]{43})")
_PATIENCE = 20


def mails_to(home: Path, address: str) -> list[EmailMessage]:
    """What was mailed to an address so far, oldest first."""
    found = []
    for path in sorted((home / "mail").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        if message["To"].addresses[0].addr_spec == address:
            found.append(message)
    return found


def wait_for_mail(home: Path, address: str, subject: str) -> EmailMessage:
    """A mail with this subject, the newest there is, once it is there."""
    give_up_at = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up_at:
        found = [mail for mail in mails_to(home, address) if mail["Subject"] == subject]
        if found:
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"no mail came: {[mail['Subject'] for mail in mails_to(home, address)]}")


def link_in(mail: EmailMessage) -> str:
    """The link in a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    lines: list[str] = part.get_content().splitlines()
    return next(line for line in lines if line.startswith("http"))


def token_to(home: Path, address: str, subject: str) -> str:
    """The token of the link in such a mail."""
    match = _TOKEN.search(link_in(wait_for_mail(home, address, subject)))
    assert match is not None
    return match[1]
