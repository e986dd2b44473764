"""What the task service does in the background: work that is too long for a request."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.jobs import Job, JobHandler
from taskyard.task.actions import moves, reminders, terms
from taskyard.task.models.moves import SETTLE_TASKS, Lane
from taskyard.task.models.reminders import REMIND, Reminding
from taskyard.task.models.terms import FORGET_PART, Forgotten

P = TypeVar("P", bound=msgspec.Struct)


def handlers(database: Database) -> dict[str, JobHandler]:
    """The jobs of tasks."""
    return {
        SETTLE_TASKS: _in_parts(database, Lane, moves.settle_tasks, moves.AT_ONCE),
        FORGET_PART: _in_parts(database, Forgotten, terms.forget_part, terms.AT_ONCE),
        REMIND: _remind,
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
