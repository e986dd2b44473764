"""What becomes of a delivery after an attempt, and of a receiver that fails."""

from datetime import datetime, timedelta
from secrets import SystemRandom

from taskyard.kit.database import Cause, Database, Transaction
from taskyard.notification.actions.webhooks import disable_webhook
from taskyard.notification.models.webhooks import Attempt, Breaker, Dispatch, Ended
from taskyard.notification.queries import dispatching as queries
from taskyard.notification.queries.deliveries import hasten_deliveries
from taskyard.notification.queries.webhooks import find_webhook_served

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between the attempts at a delivery, the first of which is made at once: more than three days in all."""
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=10)
"""How long a receiver that fails again and again is left alone."""
LONGEST_RETRY_AFTER = timedelta(hours=24)
GONE = 410

_random = SystemRandom()


async def record_attempt(
    database: Database, dispatch: Dispatch, attempt: Attempt, retry_after: timedelta | None = None
) -> Ended | None:
    """Write down how an attempt ended and what follows; None when the delivery is somebody else's by now.

    A message is taken when the answer is 2xx, and only then. 410 disables the webhook.
    """
    cause = Cause(origin="automation", request_id=f"delivery:{dispatch.id}")
    async with database.transaction(cause) as tx:
        before = await queries.lock_breaker(tx, dispatch.webhook_id)
        ended = end_of(dispatch.attempts, attempt, retry_after)
        if before is None or not await queries.end_attempt(tx, dispatch, ended):
            return None
        after = breaker_after(before, attempt, retry_after)
        if after != before:
            await queries.update_breaker(tx, dispatch.webhook_id, after)
        if ended.state == "delivered" and before.failures >= queries.TRIP:
            await hasten_deliveries(tx, dispatch.webhook_id, attempt.at)
        if attempt.status == GONE:
            await _disable(tx, dispatch.webhook_id)
    return ended


def is_taken(attempt: Attempt) -> bool:
    """Whether the receiver took the message."""
    return attempt.status is not None and 200 <= attempt.status <= 299


def end_of(attempts: int, attempt: Attempt, retry_after: timedelta | None) -> Ended:
    """What becomes of a delivery after its nth attempt. One that met a receiver that is gone waits for another."""
    if is_taken(attempt):
        return Ended(attempt=attempt, state="delivered", due_at=attempt.at)
    if attempt.status == GONE:
        return Ended(attempt=attempt, state="waiting", due_at=attempt.at)
    if attempts > len(PAUSES):
        return Ended(attempt=attempt, state="failed", due_at=attempt.at)
    pause = max(PAUSES[attempts - 1] * _random.uniform(0.9, 1.1), _within(retry_after))
    return Ended(attempt=attempt, state="waiting", due_at=attempt.at + pause)


def breaker_after(before: Breaker, attempt: Attempt, retry_after: timedelta | None) -> Breaker:
    """How a receiver does after an attempt, and how long it is left alone: as long as it says, or ever longer."""
    if is_taken(attempt):
        return Breaker(0, None)
    failures = before.failures + 1
    rest = _within(retry_after)
    if failures >= queries.TRIP:
        growing = FIRST_REST * 2 ** min(failures - queries.TRIP, 10)
        rest = max(rest, min(growing, LONGEST_REST) * _random.uniform(0.9, 1.1))
    return Breaker(failures, _later(before.open_until, attempt.at + rest) if rest else before.open_until)


def _within(retry_after: timedelta | None) -> timedelta:
    return min(max(retry_after or timedelta(0), timedelta(0)), LONGEST_RETRY_AFTER)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


async def _disable(tx: Transaction, webhook_id: str) -> None:
    webhook = await find_webhook_served(tx, webhook_id)
    if webhook is not None and webhook.state == "active":
        await disable_webhook(tx, webhook)
