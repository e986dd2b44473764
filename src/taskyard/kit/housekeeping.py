"""Housekeeping every service needs: rows that were kept for a time go when it is over."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.idempotency import KEEP as KEEP_ANSWERS
from taskyard.kit.queries.idempotency import delete_answers_before
from taskyard.kit.queries.jobs import delete_finished_jobs, fail_abandoned_jobs

KEEP_JOBS = timedelta(days=7)
# Longer than the longest period of a periodic job, or its last run would be forgotten and repeated.
KEEP_KEYS = timedelta(days=400)
BATCH = 1000

_log = structlog.get_logger()


async def forget_old_rows(database: Database) -> None:
    """Delete expired answers to Idempotency-Keys and jobs finished long ago, a batch per transaction.

    Jobs whose runner died in their last attempt are given up first.
    """
    now = clock.now()
    for job_id in await fail_abandoned_jobs(database, now):
        _log.error("job_abandoned", job=job_id)
    answers = await _in_batches(lambda: delete_answers_before(database, now - KEEP_ANSWERS, BATCH))
    jobs = await _in_batches(lambda: delete_finished_jobs(database, now - KEEP_JOBS, BATCH, with_key=False))
    jobs += await _in_batches(lambda: delete_finished_jobs(database, now - KEEP_KEYS, BATCH, with_key=True))
    _log.info("old_rows_forgotten", answers=answers, jobs=jobs)


async def _in_batches(delete: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while deleted := await delete():
        total += deleted
    return total
