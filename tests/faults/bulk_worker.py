"""A process that works on many tasks until it is killed, as a program: `bulk_worker.py DATABASE_URL`."""

import asyncio
import sys
from datetime import timedelta

from taskyard.kit.database import Database
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import long_job_handlers

LEASE = timedelta(seconds=0.5)


async def main(url: str) -> None:
    """Work."""
    database = Database(url)
    await JobRunner(database, long_job_handlers(database), Signal(), lease=LEASE).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
