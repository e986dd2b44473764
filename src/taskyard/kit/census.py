"""What monitoring must ask the database for: events without a position, consumers behind, jobs due.

Counted by the processes that do the background work, a few times a minute and each for itself: a number
kept under a lease would go stale in whoever lost it. A scrape never asks the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.metrics import registry as everything
from taskyard.kit.queries import census as queries

EVERY_SECONDS = 15.0

Count = Callable[[], Awaitable[int]]


class Census:
    """Counts in the databases of one process. ``totals`` are the counts of business things, by name."""

    def __init__(
        self,
        sequencer: Database,
        services: Mapping[str, Database],
        totals: Mapping[str, Count],
        *,
        registry: CollectorRegistry = everything,
    ) -> None:
        self._sequencer = sequencer
        self._services = services
        self._totals = totals

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(name, meaning, labels, multiprocess_mode="livemostrecent", registry=registry)

        self._waiting = gauge("taskyard_events_unpositioned", "Committed events without a position.")
        self._waiting_age = gauge("taskyard_events_unpositioned_age_seconds", "How long the oldest of them waits.")
        self._behind = gauge("taskyard_consumer_behind_events", "Events after a consumer's cursor.", "consumer")
        self._behind_age = gauge("taskyard_consumer_behind_seconds", "Age of the first of them.", "consumer")
        self._dead = gauge("taskyard_dead_letters", "Events put aside.", "consumer")
        self._jobs = gauge("taskyard_jobs", "Jobs that are not finished.", "service", "state")
        self._jobs_age = gauge("taskyard_jobs_oldest_due_seconds", "How long the oldest job is due.", "service")
        self._things = gauge("taskyard_things", f"Things there are, counted up to {queries.MOST}.", "kind")

    async def count_again(self) -> None:
        """Count, then wait."""
        await self.count()
        await asyncio.sleep(EVERY_SECONDS)

    async def count(self) -> None:
        """Ask the database everything once."""
        now = clock.now()
        await self._count_events(now)
        for service, database in self._services.items():
            await self._count_consumers(database, now)
            await self._count_jobs(service, database, now)
        for kind, total in self._totals.items():
            self._things.labels(kind).set(await total())

    async def _count_events(self, now: datetime) -> None:
        row = await queries.count_waiting_events(self._sequencer)
        if row is not None:
            self._waiting.set(row["count"])
            self._waiting_age.set(_age(row["oldest_at"], now))

    async def _count_consumers(self, database: Database, now: datetime) -> None:
        for row in await queries.list_consumers_behind(database):
            name = row["consumer"]
            self._behind.labels(name).set(row["behind"])
            self._behind_age.labels(name).set(_age(row["oldest_at"], now))
            self._dead.labels(name).set(row["dead_letters"])

    async def _count_jobs(self, service: str, database: Database, now: datetime) -> None:
        row = await queries.count_jobs(database, now)
        if row is not None:
            for state in ("scheduled", "due", "running"):
                self._jobs.labels(service, state).set(row[state])
            self._jobs_age.labels(service).set(_age(row["oldest_due_at"], now))


def _age(at: datetime | None, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at is not None else 0.0
