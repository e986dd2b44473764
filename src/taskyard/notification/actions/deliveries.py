"""Trying a webhook, and sending it once more what it got or missed."""

import msgspec

from taskyard.contracts import notification as events
from taskyard.contracts.notification import WEBHOOK_TEST, WebhookReplayFacts, WebhookTestFacts
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.notification.actions.webhooks import lock_webhook
from taskyard.notification.errors import WebhookNotActive
from taskyard.notification.models.webhooks import SPAN, Delivery, DeliveryWithLog, Replay, Replayed, Webhook
from taskyard.notification.permissions import require_managing_webhooks
from taskyard.notification.queries import deliveries as queries
from taskyard.notification.queries.dispatching import end_rest
from taskyard.notification.queries.fan_out import replay_span


async def get_delivery(db: Statements, caller: Principal, delivery_id: str) -> Delivery:
    """A delivery of a webhook that the caller manages."""
    found = await queries.find_delivery(db, delivery_id, caller.access_id) if is_id(delivery_id) else None
    if found is None:
        raise NotFound
    require_managing_webhooks(caller, found[1])
    return found[0]


async def get_delivery_with_log(db: Statements, caller: Principal, delivery_id: str) -> DeliveryWithLog:
    """The same, with its attempts."""
    delivery = await get_delivery(db, caller, delivery_id)
    log = await queries.list_attempts(db, delivery.id)
    return DeliveryWithLog(**msgspec.structs.asdict(delivery), log=log)


async def test_webhook(tx: Transaction, caller: Principal, webhook_id: str) -> Delivery:
    """Send a message that is no change, at once. Raises WebhookNotActive."""
    webhook = await _lock_active(tx, caller, webhook_id)
    at = clock.now()
    delivery = Delivery(
        id=new_id(),
        webhook_id=webhook.id,
        position=None,
        type=WEBHOOK_TEST,
        resource_id=webhook.id,
        state="waiting",
        attempts=0,
        due_at=at,
        last_status=None,
        created_at=at,
        finished_at=None,
    )
    await queries.insert_test(tx, delivery, webhook.workspace_id)
    await _let_it_try(tx, webhook)
    facts = WebhookTestFacts(delivery.id, webhook.id)
    await _announce(tx, events.WEBHOOK_TEST_CREATED, webhook, facts)
    return delivery


async def replay(tx: Transaction, caller: Principal, webhook_id: str, what: Replay) -> Replayed:
    """Send deliveries once more, or the changes of a span. Raises InvalidInput."""
    span = _span(what)
    webhook = await lock_webhook(tx, caller, webhook_id)
    if span is None:
        return await _resend(tx, webhook, what.ids or [])
    return await _announce_replay(tx, webhook, await replay_span(tx, webhook.id, span, clock.now()))


async def redeliver(tx: Transaction, caller: Principal, delivery_id: str) -> Delivery:
    """Send one delivery once more, or at once where it waits for its next attempt."""
    delivery = await get_delivery(tx, caller, delivery_id)
    webhook = await lock_webhook(tx, caller, delivery.webhook_id)
    await _resend(tx, webhook, [delivery.id])
    return await get_delivery(tx, caller, delivery_id)


async def _resend(tx: Transaction, webhook: Webhook, ids: list[str]) -> Replayed:
    return await _announce_replay(tx, webhook, await queries.resend_deliveries(tx, webhook.id, ids, clock.now()))


async def _announce_replay(tx: Transaction, webhook: Webhook, replayed: int) -> Replayed:
    if replayed:
        facts = WebhookReplayFacts(new_id(), webhook.id, replayed)
        await _announce(tx, events.WEBHOOK_REPLAY_CREATED, webhook, facts)
    return Replayed(replayed)


async def _announce(tx: Transaction, kind: str, webhook: Webhook, facts: WebhookTestFacts | WebhookReplayFacts) -> None:
    change = Change(type=kind, resource_id=facts.id, version=1, data=facts, workspace_id=webhook.workspace_id)
    await announce(tx, change)


async def _lock_active(tx: Transaction, caller: Principal, webhook_id: str) -> Webhook:
    webhook = await lock_webhook(tx, caller, webhook_id)
    if webhook.state != "active":
        raise WebhookNotActive
    return webhook


async def _let_it_try(tx: Transaction, webhook: Webhook) -> None:
    """A receiver that is being left alone is tried now: somebody waits for it."""
    await end_rest(tx, webhook.id)


def _span(what: Replay) -> tuple[int, int] | None:
    """What a replay covers; None where it names deliveries."""
    if (what.ids is None) is (what.after is None or what.until is None):
        raise invalid("", "Name either ids, or after and until.")
    if what.after is None or what.until is None:
        return None
    if not 0 < what.until - what.after <= SPAN:
        raise invalid("/until", f"Expected 1 to {SPAN} positions after `after`.")
    return what.after, what.until
