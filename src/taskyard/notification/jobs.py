"""What the notification service does by the clock: tells of dates, sends mail, forgets old deliveries."""

from datetime import timedelta

import msgspec
import structlog

from taskyard.contracts.people import People, Recipients
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.jobs import Job, JobHandler, Periodic
from taskyard.kit.locks import Locks
from taskyard.notification.actions.due import tell_of_due_tasks
from taskyard.notification.actions.mails import AT_ONCE, SEND_MAIL, gather_mails
from taskyard.notification.mail.links import UnsubscribeLinks
from taskyard.notification.mail.sending import MailRefused, Post
from taskyard.notification.mail.writing import Mail, write_mail
from taskyard.notification.models.mails import MailJob
from taskyard.notification.queries.dispatching import delete_old_deliveries
from taskyard.notification.queries.mails import list_mail_lines

GATHER_MAILS = "gather_mails"
TELL_OF_DUE_TASKS = "tell_of_due_tasks"
LOOK = "notification.due_tasks"
LOOK_LEASE = timedelta(seconds=10)
"""Shorter than the lease of a job: when a runner dies, the next attempt finds the lock free."""
DUE_PERIODICS = (Periodic(TELL_OF_DUE_TASKS, timedelta(minutes=5)),)
FORGET_DELIVERIES = "forget_deliveries"
KEEP_DELIVERIES = timedelta(days=30)
BATCH = 1000
DELIVERY_PERIODICS = (Periodic(FORGET_DELIVERIES, timedelta(hours=1)),)
MAIL_PERIODICS = (Periodic(GATHER_MAILS, timedelta(minutes=1)),)
"""What happens within a minute shares a mail."""

log = structlog.get_logger()


def due_handlers(database: Database, locks: Locks) -> dict[str, JobHandler]:
    """The jobs of dates that come. A look that takes until the next one is due is not joined by it."""

    async def look(job: Job) -> None:
        async with locks.held(LOOK, LOOK_LEASE) as lock:
            if lock is not None:
                await tell_of_due_tasks(database, job.request_id, lock)

    return {TELL_OF_DUE_TASKS: look}


def delivery_handlers(database: Database) -> dict[str, JobHandler]:
    """The job that keeps what was sent to webhooks from growing."""

    async def forget(_: Job) -> None:
        await forget_deliveries(database)

    return {FORGET_DELIVERIES: forget}


async def forget_deliveries(database: Database) -> None:
    """Forget what was written down for webhooks long ago with its attempts, a batch per transaction."""
    before, forgotten = clock.now() - KEEP_DELIVERIES, 0
    while deleted := await delete_old_deliveries(database, before, BATCH):
        forgotten += deleted
    log.info("old_deliveries_forgotten", deliveries=forgotten)


class MailRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that sending mail takes."""

    database: Database
    people: People
    recipients: Recipients
    links: UnsubscribeLinks
    post: Post
    sender: str


def mail_handlers(room: MailRoom) -> dict[str, JobHandler]:
    """The jobs of mail. They have a runner of their own, so that nothing else waits for a mail server that hangs."""

    async def gather(_: Job) -> None:
        await gather_all_mails(room.database)

    async def send(job: Job) -> None:
        await send_mail(room, job.read(MailJob))

    return {GATHER_MAILS: gather, SEND_MAIL: send}


async def gather_all_mails(database: Database) -> None:
    """Queue a mail for everybody whose mail is due."""
    gathered = AT_ONCE
    while gathered == AT_ONCE:
        async with database.transaction() as tx:
            gathered = await gather_mails(tx)


async def send_mail(room: MailRoom, job: MailJob) -> None:
    """Write a mail and hand it over. A crash before the job is finished repeats it, with the same Message-ID."""
    lines = await list_mail_lines(room.database, job.person_id, job.mail_id)
    recipients = await room.recipients.list_recipients(ids=[job.person_id]) if lines else []
    for recipient in recipients:
        actors = {line.actor_id for line in lines if line.actor_id is not None}
        people = await room.people.list_people(ids=sorted(actors)[:200]) if actors else []
        mail = Mail(
            id=job.mail_id,
            sender=room.sender,
            recipient=recipient,
            lines=lines,
            names={person.id: person.name for person in people},
            unsubscribe=room.links.make(recipient.id),
            at=clock.now(),
        )
        try:
            await room.post(mail.id, write_mail(mail))
        except MailRefused as refused:
            log.warning("mail_refused", mail=mail.id, person=recipient.id, error=repr(refused.__cause__))
            return
        log.info("mail_sent", mail=mail.id, person=recipient.id, notifications=len(lines))
