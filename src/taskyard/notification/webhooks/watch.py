"""What monitoring must know of webhooks: how many there are in which state, and whether the sender keeps up."""

import asyncio

from prometheus_client import CollectorRegistry, Gauge

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.metrics import registry as everything
from taskyard.notification.queries.webhook_census import count_webhooks_by_state, find_oldest_due

EVERY_SECONDS = 15.0
STATES = ("active", "resting", "paused", "disabled")


class WebhookWatch:
    """Counts for as long as the process lives that does the background work."""

    def __init__(self, database: Database, *, registry: CollectorRegistry = everything) -> None:
        self._database = database
        self._webhooks = Gauge(
            "taskyard_webhooks",
            "Webhooks by state; of the active ones, resting are those whose receivers fail.",
            ("state",),
            multiprocess_mode="livemostrecent",
            registry=registry,
        )
        self._oldest = Gauge(
            "taskyard_webhook_oldest_due_seconds",
            "How long the oldest delivery is due that nothing but the sender holds up.",
            multiprocess_mode="livemostrecent",
            registry=registry,
        )

    async def look_again(self) -> None:
        """Count, then wait."""
        await self.look()
        await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Ask the database once."""
        now = clock.now()
        counts = await count_webhooks_by_state(self._database, now)
        for state in STATES:
            self._webhooks.labels(state).set(counts.get(state, 0))
        oldest = await find_oldest_due(self._database, now)
        self._oldest.set(0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))
