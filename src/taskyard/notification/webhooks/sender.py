"""The loop that sends what is due: many attempts at once, a few for each webhook, one for each task in it."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn

import structlog

from taskyard.kit import clock, metrics
from taskyard.kit.database import Database
from taskyard.kit.loops import keep_running, reason_of
from taskyard.kit.problems import OutcomeUnknown, Unavailable
from taskyard.kit.signals import Signal
from taskyard.notification.actions.attempts import record_attempt
from taskyard.notification.models.webhooks import Dispatch
from taskyard.notification.queries.dispatching import (
    claim_deliveries,
    is_anything_due,
    lock_webhooks_to_serve,
    return_delivery,
)
from taskyard.notification.webhooks.sending import Courier

AT_ONCE = 256
"""Attempts under way in one process; one that hangs costs nobody but its own webhook."""
POLL = 0.5
LEASE = timedelta(seconds=60)
"""Longer than an attempt may take: a delivery whose sender died is sent by another one after it."""
_PATIENCE = 5.0

_log = structlog.get_logger()


class WebhookSender:
    """One process's part in sending. Any number of processes may take part."""

    def __init__(self, database: Database, courier: Courier) -> None:
        self._database = database
        self._courier = courier
        self._wake = Signal()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> NoReturn:
        """Send what is due until cancelled; what is under way then is given back."""
        try:
            await keep_running("webhooks", self.step)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def step(self) -> None:
        """Start what is due, or wait for something to be."""
        seen = self._wake.count
        if not await self.start_due():
            await self._wake.wait(POLL, seen=seen)

    async def start_due(self) -> int:
        """Start attempts at what is due, as many as there is room for; how many."""
        room = AT_ONCE - len(self._running)
        if room <= 0 or not await is_anything_due(self._database, clock.now()):
            return 0
        async with self._database.transaction() as tx:
            webhook_ids = await lock_webhooks_to_serve(tx, clock.now(), room)
            claimed = await claim_deliveries(tx, webhook_ids, clock.now(), LEASE, room) if webhook_ids else []
        for dispatch in claimed:
            task = asyncio.create_task(self._send(dispatch), name=f"delivery {dispatch.id}")
            self._running.add(task)
            task.add_done_callback(self._forget)
        return len(claimed)

    async def finish(self) -> None:
        """Wait for what is under way."""
        while self._running:
            await asyncio.wait(self._running)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.notify()

    async def _send(self, dispatch: Dispatch) -> None:
        try:
            attempt, retry_after = await self._courier.attempt(dispatch)
            ended = await record_attempt(self._database, dispatch, attempt, retry_after)
        except asyncio.CancelledError:
            with suppress(Unavailable, OutcomeUnknown, TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await return_delivery(self._database, dispatch)
            raise
        except Exception as error:  # noqa: BLE001 - logged; its lease ends, and it is sent again
            _log.warning("delivery_left_to_its_lease", delivery=dispatch.id, error=repr(reason_of(error)))
            return
        if ended is not None:
            outcome = "retried" if ended.state == "waiting" else ended.state
            metrics.count_delivery(outcome)
            said = {"delivery": dispatch.id, "webhook": dispatch.webhook_id, "milliseconds": attempt.milliseconds}
            _log.info("delivery_attempted", outcome=outcome, status=attempt.status, error=attempt.error, **said)
