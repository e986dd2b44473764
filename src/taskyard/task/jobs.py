"""What the task service does in the background: work that is too long for a request."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import msgspec

from taskyard.contracts.arrivals import Arrivals
from taskyard.contracts.people import People
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.files import Files
from taskyard.kit.jobs import Job, JobHandler, Periodic
from taskyard.kit.problems import Problem, Unavailable
from taskyard.task.actions import (
    attachments,
    exports,
    import_rows,
    imports,
    job_work,
    long_jobs,
    moves,
    recurring_days,
    reminders,
    terms,
)
from taskyard.task.actions.import_workspaces import take_workspace_in
from taskyard.task.models.attachments import COLLECT_FILES
from taskyard.task.models.exports import EXPORT, FORGET_EXPORTS, Exporting
from taskyard.task.models.imports import FORGET_IMPORTS, IMPORT, IMPORT_WORKSPACE, Importing
from taskyard.task.models.long_jobs import TEND_JOBS, WORK, Working
from taskyard.task.models.moves import SETTLE_TASKS, Lane
from taskyard.task.models.recurrences import RECUR, Recurring
from taskyard.task.models.reminders import REMIND, Reminding
from taskyard.task.models.terms import FORGET_PART, Forgotten
from taskyard.task.queries.exports import delete_expired_exports
from taskyard.task.queries.imports import delete_expired_imports

P = TypeVar("P", bound=msgspec.Struct)
EXPORT_PERIODICS = [Periodic(FORGET_EXPORTS, timedelta(hours=1))]
IMPORT_PERIODICS = [Periodic(FORGET_IMPORTS, timedelta(hours=1))]
LONG_JOB_PERIODICS = [Periodic(TEND_JOBS, timedelta(minutes=10))]
ATTACHMENT_PERIODICS = [Periodic(COLLECT_FILES, timedelta(hours=1))]


def handlers(database: Database) -> dict[str, JobHandler]:
    """The jobs of tasks."""
    return {
        SETTLE_TASKS: _in_parts(database, Lane, moves.settle_tasks, moves.AT_ONCE),
        FORGET_PART: _in_parts(database, Forgotten, terms.forget_part, terms.AT_ONCE),
        REMIND: _remind,
        RECUR: _recur(database),
    }


def export_handlers(database: Database, people: People) -> dict[str, JobHandler]:
    """The jobs that write the files of exports, and forget them."""

    async def export(job: Job) -> None:
        written = await exports.write_file(database, people, job.read(Exporting))
        async with job.completing() as tx:
            if written is not None:
                await exports.finish_export(tx, written, clock.now())

    async def forget(_: Job) -> None:
        await delete_expired_exports(database, clock.now())

    return {EXPORT: export, FORGET_EXPORTS: forget}


def import_handlers(database: Database, people: People) -> dict[str, JobHandler]:
    """The jobs that take tasks in, and forget what was handed in for it."""

    async def take_in(job: Job) -> None:
        taken = await import_rows.take_in(database, people, job.read(Importing), job.request_id)
        async with job.completing() as tx:
            if taken is not None:
                await imports.finish_import(tx, taken, clock.now())

    async def forget(_: Job) -> None:
        await delete_expired_imports(database, clock.now())

    return {IMPORT: take_in, FORGET_IMPORTS: forget}


def workspace_import_handlers(database: Database, people: People, arrivals: Arrivals) -> dict[str, JobHandler]:
    """The job that takes whole workspaces in."""

    async def take_in(job: Job) -> None:
        taken = await take_workspace_in(database, people, arrivals, job.read(Importing), job.request_id)
        async with job.completing() as tx:
            if taken is not None:
                await imports.finish_import(tx, taken, clock.now())

    return {IMPORT_WORKSPACE: take_in}


def long_job_handlers(database: Database) -> dict[str, JobHandler]:
    """The job that works through many tasks, and the one that looks after such jobs."""

    async def work(job: Job) -> None:
        named = job.read(Working)
        await job_work.work_off(database, named)
        async with job.completing() as tx:
            await long_jobs.finish_job(tx, named)

    async def tend(_: Job) -> None:
        await long_jobs.tend_jobs(database)

    return {WORK: work, TEND_JOBS: tend}


def attachment_handlers(database: Database, files: Files) -> dict[str, JobHandler]:
    """The job that removes the files which no attachment needs."""

    async def collect(_: Job) -> None:
        await attachments.collect_files(database, files)

    return {COLLECT_FILES: collect}


def _in_parts(
    database: Database, payload: type[P], act: Callable[[Transaction, P], Awaitable[int]], at_once: int
) -> JobHandler:
    """A job that does its work in transactions of a bounded size, until one of them was not full."""

    async def work(job: Job) -> None:
        about, cause, done = job.read(payload), Cause(origin="automation", request_id=job.request_id), at_once
        while done == at_once:
            async with database.transaction(cause) as tx:
                done = await act(tx, about)

    return work


async def _remind(job: Job) -> None:
    """A reminder is told in the transaction that finishes its job: once."""
    async with job.completing() as tx:
        await reminders.remind(tx, job.read(Reminding))


def _recur(database: Database) -> JobHandler:
    """The task of a day is made in the transaction that finishes the job, with the rights of the recurrence's maker."""

    async def recur(job: Job) -> None:
        due = job.read(Recurring)
        while (prepared := await recurring_days.prepare_day(database, due)) is not None:
            seen, draft = prepared
            try:
                async with job.completing() as tx:
                    tx.cause = msgspec.structs.replace(tx.cause, actor_id=seen.created_by)
                    await recurring_days.make_task(tx, due, seen, draft)
            except recurring_days.Overtaken:
                continue
            except Unavailable:
                raise
            except Problem as refusal:
                async with job.completing() as tx:
                    await recurring_days.stop_for(tx, due, seen, refusal.code())
            return

    return recur
