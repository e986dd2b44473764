"""Work on many tasks that somebody asked for: begun, looked at, cancelled, and over."""

from datetime import datetime

from taskyard.contracts.task_jobs import JOB_CANCELLED, JOB_CREATED, JOB_FINISHED, KEPT, Kind
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal
from taskyard.task.errors import JobNotFound, JobOver, TooManyJobs
from taskyard.task.models.bulk import BulkOperation
from taskyard.task.models.long_jobs import (
    MOST_ATTEMPTS,
    MOST_JOBS,
    WORK,
    Duplication,
    Failure,
    LongJob,
    Undertaking,
    Working,
)
from taskyard.task.queries import long_jobs as queries

AT_ONCE = 100
"""How many jobs that were given up are told of at once."""


async def open_job(
    tx: Transaction,
    caller: Principal,
    workspace_id: str,
    operation: BulkOperation | None,
    *,
    starts_at: datetime | None = None,
) -> LongJob:
    """A job of this request, to be filled with tasks and then started; without an operation it undoes changes.

    Raises TooManyJobs.
    """
    if await queries.count_under_way(tx, caller.id) >= MOST_JOBS:
        raise TooManyJobs(f"You have {MOST_JOBS} jobs under way, which is as many as you can have.")
    job = _job(tx, Working(workspace_id, new_id()), caller, "revert" if operation is None else "bulk", starts_at)
    await queries.insert_job(tx, Undertaking(job, caller.project_ids, operation))
    return job


async def open_promised_job(tx: Transaction, named: Working, caller: Principal, operation: Duplication) -> LongJob:
    """A job that somebody was told of before, so it is made however many they have under way; to be filled likewise."""
    job = _job(tx, named, caller, "duplicate", None)
    await queries.insert_job(tx, Undertaking(job, caller.project_ids, operation))
    return job


def _job(tx: Transaction, named: Working, caller: Principal, kind: Kind, starts_at: datetime | None) -> LongJob:
    now = clock.now()
    starts_at = max(now, starts_at or now)
    return LongJob(
        id=named.job_id,
        workspace_id=named.workspace_id,
        asked_by=caller.id,
        kind=kind,
        state="waiting",
        total=0,
        changed=0,
        unchanged=0,
        refused=0,
        request_id=tx.cause.request_id,
        created_at=now,
        starts_at=starts_at,
        finished_at=None,
        expires_at=starts_at + KEPT,
        version=1,
    )


async def start_job(tx: Transaction, job: LongJob, total: int) -> LongJob:
    """Let a job that was filled with tasks be worked on as soon as this is committed, or when it is to start."""
    job = await queries.store_total(tx, job, total)
    key = queries.KEY.format(job.id)
    named = Working(job.workspace_id, job.id)
    await enqueue(tx, WORK, named, due_at=job.starts_at, unique_key=key, max_attempts=MOST_ATTEMPTS)
    await announce(tx, _change(JOB_CREATED, job))
    return job


async def get_job(db: Statements, caller: Principal, job_id: str) -> LongJob:
    """A job of one's own. Raises JobNotFound."""
    found = await queries.find_job(db, caller, job_id, clock.now()) if is_id(job_id) else None
    if found is None:
        raise JobNotFound
    return found


async def list_failures(
    db: Statements, cursors: CursorSigner, job: LongJob, page: tuple[int, str | None]
) -> Page[Failure]:
    """A page of the tasks that were refused what was to be done to them, in the order in which they were worked on."""
    limit, cursor = page
    listing = f"failures of {job.id}"
    after = 0 if cursor is None else int(cursors.open(listing, cursor)[0])
    rows = await queries.list_failures(db, job, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.place])


async def cancel_job(tx: Transaction, caller: Principal, job_id: str) -> LongJob:
    """Leave alone the tasks that were not worked on yet. Raises JobNotFound or JobOver."""
    job = await get_job(tx, caller, job_id)
    cancelled = await queries.end_job(tx, Working(job.workspace_id, job.id), "cancelled", clock.now())
    if cancelled is None:
        raise JobOver
    await announce(tx, _change(JOB_CANCELLED, cancelled))
    return cancelled


async def finish_job(tx: Transaction, named: Working, state: str = "done") -> None:
    """Tell who asked that it is over, unless it was before."""
    job = await queries.end_job(tx, named, state, clock.now())
    if job is not None:
        await announce(tx, _change(JOB_FINISHED, job))


async def tend_jobs(database: Database) -> None:
    """End the jobs at which every attempt failed, and forget the oldest."""
    for named in await queries.list_given_up(database, AT_ONCE):
        async with database.transaction() as tx:
            await finish_job(tx, named, "failed")
    await queries.delete_expired_jobs(database, clock.now())


def _change(kind: str, job: LongJob) -> Change:
    return Change(
        type=kind,
        resource_id=job.id,
        version=job.version,
        data=job,
        workspace_id=job.workspace_id,
        audience_id=job.asked_by,
    )
