"""The work that goes on without a request: positions, consumers, jobs. Any number of processes may do it."""

from datetime import timedelta
from functools import partial

from taskyard.auth.jobs import forget_expired, letter_handlers, rotate_keys
from taskyard.composition.consumers import CONSUMERS
from taskyard.composition.counting import run_census
from taskyard.composition.process import Process
from taskyard.composition.services import (
    arrivals_of_project,
    attachment_shelf,
    invitation_desk,
    letter_box,
    mail_folder,
    mail_room,
    people_of_auth,
    signing_keys,
    webhook_sender,
)
from taskyard.kit.consumers import run_consumer
from taskyard.kit.jobs import Job, JobHandler, JobRunner, Periodic
from taskyard.kit.locks import Locks
from taskyard.kit.roles import SERVICES
from taskyard.kit.signals import Signal
from taskyard.notification.jobs import (
    DELIVERY_PERIODICS,
    DUE_PERIODICS,
    MAIL_PERIODICS,
    delivery_handlers,
    due_handlers,
    mail_handlers,
)
from taskyard.notification.mail.sending import forget_kept
from taskyard.project.jobs import INVITATION_PERIODICS, invitation_handlers, member_handlers
from taskyard.task.jobs import (
    ATTACHMENT_PERIODICS,
    EXPORT_PERIODICS,
    IMPORT_PERIODICS,
    LONG_JOB_PERIODICS,
    attachment_handlers,
    export_handlers,
    import_handlers,
    long_job_handlers,
    workspace_import_handlers,
)
from taskyard.task.jobs import handlers as task_handlers

FORGET_EVERY = timedelta(hours=1)
ROTATE_EVERY = timedelta(days=30)
LONG_JOBS = 2
"""How many of those that take minutes a process works on; they keep nobody else's waiting."""


def run_background_work(process: Process) -> None:
    """Let this process take part in everything that runs in the background."""
    process.run_sequencer()
    run_census(process)
    process.watch_head("task")
    for service, consumers in CONSUMERS.items():
        for consumer in consumers():
            work = partial(run_consumer, process.database(service), consumer, process.placed)
            process.background.add(consumer.name, work)
    for service in SERVICES:
        handlers, periodics = _jobs_of(service, process)
        runner = JobRunner(process.database(service), handlers, Signal(), periodics=periodics)
        process.background.add(f"jobs of {service}", runner.run)
    mail = JobRunner(
        process.database("notification"), mail_handlers(mail_room(process)), Signal(), periodics=MAIL_PERIODICS
    )
    process.background.add("mail", mail.run)
    process.background.add("webhooks", webhook_sender(process).run)
    letters = JobRunner(process.database("auth"), letter_handlers(letter_box(process)), Signal())
    process.background.add("security mail", letters.run)
    invitations = JobRunner(
        process.database("project"),
        invitation_handlers(invitation_desk(process)),
        Signal(),
        periodics=INVITATION_PERIODICS,
    )
    process.background.add("invitation mail", invitations.run)
    tasks = process.database("task")
    many = JobRunner(tasks, long_job_handlers(tasks), Signal(), periodics=LONG_JOB_PERIODICS, concurrency=LONG_JOBS)
    process.background.add("work on many tasks", many.run)
    folder = mail_folder(process.settings)
    process.every(FORGET_EVERY.total_seconds(), "kept mails", partial(forget_kept, folder))


def _jobs_of(service: str, process: Process) -> tuple[dict[str, JobHandler], list[Periodic]]:
    if service == "notification":
        database = process.database(service)
        handlers = due_handlers(database, Locks(process.redis, database)) | delivery_handlers(database)
        return handlers, [*DUE_PERIODICS, *DELIVERY_PERIODICS]
    if service == "task":
        database = process.database(service)
        people = people_of_auth(process)
        carried = export_handlers(database, people) | import_handlers(database, people)
        carried |= workspace_import_handlers(database, people, arrivals_of_project(process))
        periodics = [*EXPORT_PERIODICS, *IMPORT_PERIODICS]
        if (files := attachment_shelf(process).files) is not None:
            carried |= attachment_handlers(database, files)
            periodics += ATTACHMENT_PERIODICS
        return task_handlers(database) | carried, periodics
    if service == "project":
        return member_handlers(process.database(service)), []
    if service != "auth":
        return {}, []
    database, signing = process.database("auth"), signing_keys(process)

    async def forget(_: Job) -> None:
        await forget_expired(database)

    async def rotate(_: Job) -> None:
        await signing.prepare()
        await rotate_keys(database, signing)

    handlers = {"forget_expired": forget, "rotate_signing_keys": rotate}
    return handlers, [Periodic("forget_expired", FORGET_EVERY), Periodic("rotate_signing_keys", ROTATE_EVERY)]
