"""A process that works off jobs until it is killed, as a program: `job_worker.py DATABASE_URL careful|careless`."""

import asyncio
import sys
from datetime import timedelta
from random import Random

from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import Job, JobRunner
from taskyard.kit.signals import Signal

KIND = "drill_errand"
LEASE = timedelta(seconds=0.5)
LONGEST = 0.1
_chance = Random()  # noqa: S311 - chance says how long an errand takes


async def leave_effect(tx: Transaction, job: Job) -> None:
    """What the job is for: a row of its own."""
    await tx.execute("INSERT INTO public.drill_errands (job, effect) VALUES ($1, $2)", job.id, new_id())


async def main(url: str, manner: str) -> None:
    """Work; the careless manner leaves its effect in a transaction of its own, before the job is finished."""
    database = Database(url)

    async def careful(job: Job) -> None:
        await asyncio.sleep(_chance.uniform(0, LONGEST))
        async with job.completing() as tx:
            await leave_effect(tx, job)
            await asyncio.sleep(_chance.uniform(0, LONGEST))

    async def careless(job: Job) -> None:
        async with database.transaction() as tx:
            await leave_effect(tx, job)
        await asyncio.sleep(_chance.uniform(0, LONGEST))

    handler = careful if manner == "careful" else careless
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    await JobRunner(database, {KIND: handler}, Signal(), lease=LEASE).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
