"""An address that is invited is told so by mail, once, as long as the invitation is open."""

import asyncio
from datetime import timedelta

import pytest

from taskyard.contracts.invitations import hash_of_secret
from taskyard.contracts.mail import InvitationMail
from taskyard.contracts.people import Recipient
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.project.actions import invitations as actions
from taskyard.project.actions.invitation_links import InvitationLinks
from taskyard.project.jobs import InvitationDesk, invitation_handlers
from tests.kit.log_writers import eventually, running

from .conftest import Api, World

LINKS = InvitationLinks("https://ty.example", b"k" * 32)


class Outbox:
    """Stands for the notification service, and for what auth knows of who invites."""

    def __init__(self) -> None:
        self.sent: list[InvitationMail] = []
        self.failures = 0
        self.disabled: set[str] = set()

    async def send_invitation_mail(self, *, mail: InvitationMail) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the mail server is away")
        self.sent.append(mail)

    async def list_recipients(self, *, ids: list[str]) -> list[Recipient]:
        return [Recipient(one, "a@example.com", "Ann", "UTC", "de") for one in ids if one not in self.disabled]

    def to(self, email: str) -> list[InvitationMail]:
        return [mail for mail in self.sent if mail.address == email.casefold()]


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


async def invite(api: Api, world: World) -> tuple[str, str]:
    email = f"Late-{new_id()}@Example.com"
    answer = await api.send(world.admin, "POST", f"{world.path}/members", {"email": email, "role": "member"})
    assert answer.status_code == 202
    return email, answer.json()["id"]


async def work(database: Database, outbox: Outbox, runners: int = 1) -> None:
    """Let runners work until no job is left, one that failed tried again at once."""
    handlers = invitation_handlers(InvitationDesk(database=database, recipients=outbox, mails=outbox, links=LINKS))
    hurry = "UPDATE jobs SET due_at = to_timestamp(0) WHERE kind = 'send_invitation' AND state = 'waiting'"

    async def is_done() -> bool:
        return await database.execute(hurry) == "UPDATE 0"

    async with running(*(JobRunner(database, handlers, Signal()).run() for _ in range(runners))):
        await eventually(is_done)


async def test_an_invited_address_gets_one_mail_however_many_work(api: Api, world: World, outbox: Outbox) -> None:
    email, _ = await invite(api, world)
    await work(api.database, outbox, runners=3)
    [mail] = outbox.to(email)
    assert (mail.workspace, mail.inviter.id, mail.inviter.locale) == ("Acme", world.admin, "de")


async def test_the_mail_alone_holds_the_secret_that_registers(api: Api, world: World, outbox: Outbox) -> None:
    email, invitation_id = await invite(api, world)
    known = "SELECT secret_hash FROM invitations WHERE id = $1"
    assert await api.database.fetch_value(known, invitation_id) is None
    await work(api.database, outbox)
    [mail] = outbox.to(email)
    secret = mail.link.removeprefix("https://ty.example/oauth/sign-up?invitation=")
    assert secret == LINKS.secret_of(invitation_id)
    assert await api.database.fetch_value(known, invitation_id) == hash_of_secret(secret)


async def test_there_is_an_end_to_open_invitations(api: Api, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_INVITATIONS", 1)
    _, invitation_id = await invite(api, world)
    body = {"email": f"more-{new_id()}@example.com", "role": "member"}
    refused = await api.send(world.admin, "POST", f"{world.path}/members", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many")
    await api.send(world.admin, "DELETE", f"{world.path}/invitations/{invitation_id}")
    await invite(api, world)


async def test_a_mail_server_that_is_away_delays_it(api: Api, world: World, outbox: Outbox) -> None:
    outbox.failures = 2
    email, _ = await invite(api, world)
    await work(api.database, outbox)
    assert len(outbox.to(email)) == 1


async def test_what_was_withdrawn_or_of_somebody_disabled_is_not_sent(api: Api, world: World, outbox: Outbox) -> None:
    withdrawn, invitation_id = await invite(api, world)
    assert (await api.send(world.admin, "DELETE", f"{world.path}/invitations/{invitation_id}")).status_code == 204
    await work(api.database, outbox)
    outbox.disabled.add(world.admin)
    orphaned, _ = await invite(api, world)
    await work(api.database, outbox)
    assert outbox.to(withdrawn) + outbox.to(orphaned) == []


async def test_what_has_expired_is_not_sent(api: Api, world: World, outbox: Outbox) -> None:
    email, _ = await invite(api, world)
    clock.travel(timedelta(days=400))
    await work(api.database, outbox)
    assert outbox.to(email) == []


async def test_a_refused_invitation_sends_nothing_and_no_job_holds_an_address(
    api: Api, world: World, outbox: Outbox
) -> None:
    email, _ = await invite(api, world)
    again = {"email": email, "role": "member"}
    assert (await api.send(world.admin, "POST", f"{world.path}/members", again)).status_code == 409
    jobs = await api.database.fetch("SELECT payload FROM jobs WHERE kind = 'send_invitation'")
    assert not [row for row in jobs if "@" in row[0]]
    await asyncio.wait_for(work(api.database, outbox), 20)
    assert len(outbox.to(email)) == 1
