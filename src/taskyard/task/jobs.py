"""What the task service does in the background: work that is too long for a request."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.jobs import Job, JobHandler
from taskyard.kit.problems import Problem, Unavailable
from taskyard.task.actions import moves, recurring_days, reminders, terms
from taskyard.task.models.moves import SETTLE_TASKS, Lane
from taskyard.task.models.recurrences import RECUR, Recurring
from taskyard.task.models.reminders import REMIND, Reminding
from taskyard.task.models.terms import FORGET_PART, Forgotten

P = TypeVar("P", bound=msgspec.Struct)


def handlers(database: Database) -> dict[str, JobHandler]:
    """The jobs of tasks."""
    return {
        SETTLE_TASKS: _in_parts(database, Lane, moves.settle_tasks, moves.AT_ONCE),
        FORGET_PART: _in_parts(database, Forgotten, terms.forget_part, terms.AT_ONCE),
        REMIND: _remind,
        RECUR: _recur(database),
    }


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
