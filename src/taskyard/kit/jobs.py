"""Jobs: work that is due later or takes longer than a request, kept as rows until it is done.

A job is queued in the transaction of its cause, claimed under a lease by one of any number of
runners, and finished in the transaction of its effects. A runner that was stopped past its lease
finds the job's number gone up and its late effects rolled back (LeaseLost).
See docs/decisions/0014-jobs-in-postgresql.md.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import msgspec
import structlog

from taskyard.kit import clock, logs, metrics
from taskyard.kit.database import Cause, Database, Statements, Transaction
from taskyard.kit.housekeeping import forget_old_rows
from taskyard.kit.ids import new_id
from taskyard.kit.loops import full_jitter, keep_running, reason_of
from taskyard.kit.problems import OutcomeUnknown, Unavailable
from taskyard.kit.queries import jobs as queries
from taskyard.kit.signals import Signal

T = TypeVar("T")

POLL = 0.5
LEASE = timedelta(seconds=15)
MAX_ATTEMPTS = 10
FIRST_RETRY = 2.0
LONGEST_RETRY = 3600.0
HOUSEKEEPING = "kit.housekeeping"

_log = structlog.get_logger()


class LeaseLost(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """Another runner has claimed the job since; nothing of this attempt may count."""


class Job:
    """One attempt at a job, as its handler gets it. ``number`` fences it off from other attempts."""

    def __init__(self, database: Database, row: Any) -> None:
        self.id: str = row["id"]
        self.request_id = f"job:{row['id']}"
        self.kind: str = row["kind"]
        self.number: int = row["lease_number"]
        self.due_at: datetime = row["due_at"]
        self.attempts: int = row["attempts"]
        self.max_attempts: int = row["max_attempts"]
        self.is_finished = False
        self._payload: str = row["payload"]
        self._database = database

    def read(self, payload_type: type[T]) -> T:
        """What ``enqueue`` was given."""
        return msgspec.json.decode(self._payload, type=payload_type)

    @asynccontextmanager
    async def completing(self) -> AsyncIterator[Transaction]:
        """Open the transaction that finishes the job; effects made in it happen once or not at all.

        Raises LeaseLost when another runner has the job by now.
        """
        cause = Cause(origin="automation", request_id=self.request_id)
        async with self._database.transaction(cause) as tx:
            if not await queries.finish_job(tx, self.id, self.number, clock.now()):
                raise LeaseLost(f"{self.kind} {self.id}")
            yield tx
        self.is_finished = True


JobHandler: TypeAlias = Callable[[Job], Awaitable[None]]


class Occurrence(msgspec.Struct, frozen=True):
    """The payload of a periodic job: the instant it is for."""

    due_at: datetime


class Periodic(msgspec.Struct, frozen=True):
    """A job that comes again: every so often, or whenever a schedule says.

    A schedule gives the latest due instant at or before the one it is asked about. Each due instant
    is run once, however many runners there are; of those missed in an outage only the latest is run.
    """

    kind: str
    every: timedelta | Callable[[datetime], datetime]

    def latest_due(self, at: datetime) -> datetime:
        """The due instant that ``at`` belongs to."""
        if callable(self.every):
            return self.every(at)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return at - (at - epoch) % self.every


async def enqueue(  # noqa: PLR0913 - the whole vocabulary, by keyword
    tx: Statements,
    kind: str,
    payload: msgspec.Struct,
    *,
    due_at: datetime | None = None,
    unique_key: str | None = None,
    max_attempts: int = MAX_ATTEMPTS,
) -> bool:
    """Queue a job within the transaction of its cause; False when its key was queued before."""
    return await queries.insert_job(
        tx,
        job_id=new_id(),
        kind=kind,
        unique_key=unique_key,
        payload=msgspec.json.encode(payload).decode(),
        due_at=due_at or clock.now(),
        max_attempts=max_attempts,
    )


class JobRunner:
    """Works off the due jobs of one service, some at a time, and queues its periodic ones.

    A handler runs outside any transaction. It finishes the job by ``job.completing()`` together with
    its effects; one that returns without is finished afterwards, and may then be repeated.
    """

    def __init__(  # noqa: PLR0913 - what differs between services, by keyword
        self,
        database: Database,
        handlers: Mapping[str, JobHandler],
        wake: Signal,
        *,
        periodics: Sequence[Periodic] = (),
        concurrency: int = 4,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._handlers: dict[str, JobHandler] = {**handlers, HOUSEKEEPING: self._keep_house}
        self._wake = wake
        self._periodics = (*periodics, Periodic(HOUSEKEEPING, timedelta(minutes=10)))
        self._concurrency = concurrency
        self._lease = lease
        self._running: set[asyncio.Task[None]] = set()
        self._queued: dict[str, datetime] = {}
        metrics.open_attempts(self._handlers)

    async def run(self) -> None:
        """Work until cancelled; then give back what is unfinished."""
        try:
            await keep_running("jobs", self._step)
        finally:
            running = tuple(self._running)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def queue_periodics(self) -> None:
        """Queue what has come due since the last look."""
        for periodic in self._periodics:
            due_at = periodic.latest_due(clock.now())
            if self._queued.get(periodic.kind) != due_at:
                key = f"{periodic.kind}:{due_at.isoformat()}"
                await enqueue(self._database, periodic.kind, Occurrence(due_at), due_at=due_at, unique_key=key)
                self._queued[periodic.kind] = due_at

    async def _step(self) -> None:
        """Start what is due, or wait for something to be."""
        seen = self._wake.count
        await self.queue_periodics()
        free, started = self._concurrency - len(self._running), 0
        if free:
            started = await self._start_jobs(free)
        if started < free or not free:
            await self._wake.wait(POLL, seen=seen)

    async def _start_jobs(self, limit: int) -> int:
        rows = await queries.claim_jobs(self._database, clock.now(), list(self._handlers), self._lease, limit)
        for row in rows:
            task = asyncio.create_task(self._attempt(Job(self._database, row)), name=f"job {row['kind']}")
            self._running.add(task)
            task.add_done_callback(self._forget)
        return len(rows)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.notify()

    async def _attempt(self, job: Job) -> None:
        logs.bind_request(job.request_id, UUID(job.id).hex)
        work = asyncio.current_task()
        renewal = asyncio.create_task(self._keep_lease(job, work))
        try:
            await self._handlers[job.kind](job)
            if not job.is_finished:
                async with job.completing():
                    pass
            metrics.count_attempt(job.kind, "done")
        except LeaseLost:
            _log.warning("job_lease_lost", kind=job.kind, job=job.id, number=job.number)
        except asyncio.CancelledError:
            await self._record(job, queries.return_job(self._database, job.id, job.number))
            raise
        except Exception as error:  # noqa: BLE001 - logged, recorded in the row and retried
            await self._record(job, self._plan_retry(job, error))
        finally:
            renewal.cancel()

    async def _plan_retry(self, job: Job, error: Exception) -> None:
        reason = repr(reason_of(error)).replace("\0", "")
        _log.warning("job_failed", kind=job.kind, job=job.id, attempts=job.attempts, exc_info=error)
        if job.attempts >= job.max_attempts:
            await queries.fail_job(self._database, job.id, job.number, clock.now(), reason)
            metrics.count_attempt(job.kind, "failed")
            _log.error("job_given_up", kind=job.kind, job=job.id, error=reason)
            return
        metrics.count_attempt(job.kind, "retried")
        pause = full_jitter(job.attempts, first=FIRST_RETRY, longest=LONGEST_RETRY)
        await queries.retry_job(self._database, job.id, job.number, clock.now() + timedelta(seconds=pause), reason)

    async def _record(self, job: Job, record: Awaitable[None]) -> None:
        """Write down how an attempt ended; if that fails, the lease expires and the job is tried again."""
        try:
            async with asyncio.timeout(5):
                await record
        except (Unavailable, OutcomeUnknown, TimeoutError) as error:
            _log.warning("job_left_to_its_lease", kind=job.kind, job=job.id, error=repr(reason_of(error)))

    async def _keep_lease(self, job: Job, work: asyncio.Task[None] | None) -> None:
        """Renew the lease while the job runs; stop the work when the lease is lost."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with suppress(Unavailable, OutcomeUnknown):
                if not await queries.renew_job(self._database, job.id, job.number, self._lease):
                    _log.warning("job_stopped", kind=job.kind, job=job.id, number=job.number)
                    if work is not None:
                        work.cancel()
                    return

    async def _keep_house(self, job: Job) -> None:  # noqa: ARG002 - a handler like any other
        await forget_old_rows(self._database)
