"""24: the mail server is down or hangs, and whoever sends dies: nothing is lost, and what comes twice can be told."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import Job
from taskyard.kit.queries.jobs import claim_jobs
from taskyard.kit.signals import Signal
from taskyard.notification.jobs import MailRoom, gather_all_mails, send_mail
from taskyard.notification.mail import sending
from taskyard.notification.models.mails import MailJob
from tests.faults.length import either
from tests.notification.company import AT, Company
from tests.notification.mailing import KnownPeople, Server, body, mail_room, work

MAILS = either(12, 60)
LEASE = timedelta(seconds=0.5)


class Drill:
    """People who are each to get one mail, and a server that takes it some day."""

    def __init__(self, databases: dict[str, Database]) -> None:
        self.databases = databases
        self.server = Server()
        self.people = KnownPeople()

    @property
    def room(self) -> MailRoom:
        return mail_room(self.databases["notification"], self.people, sending.post_of(self.server.url, Path()))

    async def crash(self, kind: str) -> None:
        """Processes that die with a mail in their hands, each: before it was handed over, or right after."""
        database = self.databases["notification"]
        await gather_all_mails(database)
        for row in await claim_jobs(database, clock.now(), ["send_mail"], LEASE, MAILS):
            if kind == "after":
                await send_mail(self.room, Job(database, row).read(MailJob))

    async def finish(self) -> None:
        """Work until nothing waits; what is to be tried again does not wait for its time."""
        async with asyncio.timeout(30):
            await work(self.room)
            while await self.waiting():
                clock.travel(timedelta(hours=1))
                await asyncio.sleep(0.2)
                await work(self.room)

    async def waiting(self) -> int:
        statement = "SELECT count(*) FROM notification.jobs WHERE kind = 'send_mail' AND state = 'waiting'"
        return int(await self.databases["owner"].fetch_value(statement))

    def taken(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(mail["Message-ID"]) for mail in self.server.taken)

    async def wanted(self) -> set[str]:
        """The Message-IDs that must arrive."""
        rows = await self.databases["owner"].fetch(
            "SELECT DISTINCT mail_id::text FROM notification.notifications WHERE person_id = ANY($1::uuid[])",
            list(self.people.known),
        )
        return {f"<{row[0]}@ty.example>" for row in rows}


@pytest.fixture
async def drill(databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch, log_file: Path) -> Drill:
    del log_file  # a failure is a line there, and not a page with colours on the terminal
    monkeypatch.setattr(sending, "STEP_SECONDS", 1.0)
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 1.5)
    owner = databases["owner"]
    await owner.execute("UPDATE notification.notifications SET mail_due_at = NULL")
    await owner.execute("DELETE FROM notification.jobs")
    drill, company = Drill(databases), Company(databases, Signal())
    await company.found()
    for number in range(MAILS):
        drill.people.register(new_id(), f"P{number}")
        person_id = list(drill.people.known)[-1]
        await company.act_as(person_id, company.role)
        await owner.execute(
            """
            INSERT INTO notification.notifications
                (person_id, id, workspace_id, project_id, reason, epoch, position, created_at, mail_due_at)
            VALUES ($1, gen_random_uuid(), $2, $3, 'invited', 1, $4, $5, $5)
            """,
            person_id,
            company.workspace,
            company.project,
            number,
            AT,
        )
    clock.travel(AT + timedelta(days=1) - clock.now())
    async with drill.server.running():
        pass
    return drill


async def test_a_server_that_is_down_loses_and_repeats_nothing(drill: Drill) -> None:
    await work(drill.room)
    assert (await drill.waiting(), drill.server.taken) == (MAILS, [])
    async with drill.server.running():
        await drill.finish()
    assert drill.taken() == dict.fromkeys(await drill.wanted(), 1)


async def test_a_server_that_hangs_loses_and_repeats_nothing(drill: Drill) -> None:
    drill.server.hangs_at = "DATA"
    async with drill.server.running():
        await work(drill.room)
        assert (await drill.waiting(), drill.server.taken) == (MAILS, [])
        drill.server.hangs_at = ""
        await drill.finish()
    assert drill.taken() == dict.fromkeys(await drill.wanted(), 1)


async def test_a_server_that_hangs_after_it_took_a_mail_gets_it_once(drill: Drill) -> None:
    drill.server.hangs_at = "QUIT"
    async with drill.server.running():
        await drill.finish()
    assert drill.taken() == dict.fromkeys(await drill.wanted(), 1)


async def test_a_crash_before_the_mail_is_handed_over_repeats_nothing(drill: Drill) -> None:
    async with drill.server.running():
        await drill.crash("before")
        await drill.finish()
    assert drill.taken() == dict.fromkeys(await drill.wanted(), 1)


async def test_a_crash_after_it_repeats_the_mail_once_under_the_same_message_id(drill: Drill) -> None:
    async with drill.server.running():
        await drill.crash("after")
        assert drill.taken() == dict.fromkeys(await drill.wanted(), 1)
        await drill.finish()
    assert drill.taken() == dict.fromkeys(await drill.wanted(), 2)
    first = drill.server.taken[0]
    repeated = next(mail for mail in drill.server.taken[MAILS:] if mail["Message-ID"] == first["Message-ID"])
    assert body(repeated, "plain") == body(first, "plain")


def test_the_checker_sees_a_lost_and_a_repeated_mail() -> None:
    assert Counter(["a", "a"]) != dict.fromkeys({"a", "b"}, 1)
    assert Counter(["a"]) == dict.fromkeys({"a"}, 1)
