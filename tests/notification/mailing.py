"""A mail room whose people are known to the test, and the mail servers it meets."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from taskyard.contracts.people import Person, Recipient
from taskyard.kit.database import Database
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.notification.jobs import MailRoom, gather_all_mails, mail_handlers
from taskyard.notification.mail.links import UnsubscribeLinks
from taskyard.notification.mail.sending import Post, post_of

LINKS = UnsubscribeLinks("https://ty.example", b"k" * 32)


class KnownPeople:
    """Stands for the auth service."""

    def __init__(self) -> None:
        self.known: dict[str, Recipient] = {}

    def register(self, person_id: str, name: str, **fields: str) -> None:
        known = {"email": f"{name.lower()}@example.com", "time_zone": "UTC", "locale": "en", **fields}
        self.known[person_id] = Recipient(id=person_id, name=name, **known)

    async def find_person_by_email(self, *, email: str) -> Person | None:
        raise NotImplementedError

    async def find_time_zone(self, *, id: str) -> str | None:  # noqa: A002 - the word of the contract
        raise NotImplementedError

    async def list_people(self, *, ids: list[str]) -> list[Person]:
        return [Person(one.id, one.email, one.name) for one in await self.list_recipients(ids=ids)]

    async def list_recipients(self, *, ids: list[str]) -> list[Recipient]:
        return [self.known[person_id] for person_id in ids if person_id in self.known]


def mail_room(database: Database, people: KnownPeople, post: Post) -> MailRoom:
    sender = "Taskyard <taskyard@ty.example>"
    return MailRoom(database=database, people=people, recipients=people, links=LINKS, post=post, sender=sender)


async def work(room: MailRoom) -> None:
    """Gather what is due and work until no job is due, as a runner would."""
    await gather_all_mails(room.database)
    runner = JobRunner(room.database, mail_handlers(room), Signal())
    while await runner._start_jobs(4):
        for task in tuple(runner._running):
            await task


def kept_in(folder: Path) -> list[EmailMessage]:
    """The mails in a folder, in the order they were made."""
    return [parse(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]


def kept(folder: Path) -> Post:
    return post_of(None, folder)


def parse(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


class Server:
    """A real mail server that remembers what it took, and misbehaves as it is told."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.addresses: list[tuple[str | None, list[str]]] = []
        self.refusal = ""
        self.hangs_at = ""
        self.knows_utf8 = True
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        """Listen, on the same port each time."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.example", enable_SMTPUTF8=self.knows_utf8), "127.0.0.1", self.port
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def handle_RCPT(  # noqa: N802 - the library's name and order
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if not self.refusal:
            envelope.rcpt_tos.append(address)
        return self.refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        del server, session
        await self._hang("DATA")
        assert isinstance(envelope.content, bytes)
        self.taken.append(parse(envelope.content))
        self.addresses.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        del server, session, envelope
        await self._hang("QUIT")
        return "221 Bye"

    async def _hang(self, at: str) -> None:
        if self.hangs_at == at:
            await asyncio.sleep(3600)
