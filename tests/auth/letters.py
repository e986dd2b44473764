"""The mails that people are sent, as a mail server would see them before they are put into words."""

from urllib.parse import parse_qs, urlsplit

from taskyard.auth.jobs import LetterBox, letter_handlers
from taskyard.contracts.mail import MailKind, SecurityMail
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from tests.auth.conftest import Auth


class Postman:
    """Takes what is sent (contracts.mail.SecurityMails)."""

    def __init__(self) -> None:
        self.taken: list[SecurityMail] = []
        self.is_away = False

    async def send_security_mail(self, *, mail: SecurityMail) -> None:
        if self.is_away:
            raise TimeoutError
        self.taken.append(mail)


async def deliver(auth: Auth, postman: Postman | None = None) -> list[SecurityMail]:
    """Work off what is queued; what was sent."""
    postman = postman or Postman()
    box = LetterBox(database=auth.database, desk=auth.desk, mails=postman)
    runner = JobRunner(auth.database, letter_handlers(box), Signal())
    while await runner._start_jobs(4):
        for task in tuple(runner._running):
            await task
    return postman.taken


async def mails_to(auth: Auth, email: str) -> list[SecurityMail]:
    """What was sent to one address."""
    return [mail for mail in await deliver(auth) if mail.recipient.email == email]


async def kinds_to(auth: Auth, email: str) -> list[MailKind]:
    """Of which kinds the mails to one address were, beside those about new devices: tests sign in as they like."""
    return [mail.kind for mail in await mails_to(auth, email) if mail.kind != "new_sign_in"]


async def token_to(auth: Auth, email: str) -> str:
    """The token of the one link that was sent to an address."""
    [link] = [mail.link for mail in await mails_to(auth, email) if mail.link]
    return token_in(link)


def token_in(link: str) -> str:
    """The token of a link."""
    return parse_qs(urlsplit(link).query)["token"][0]
