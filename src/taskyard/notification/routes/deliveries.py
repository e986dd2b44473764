"""What became of what was sent to a webhook, and sending it once more."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter

from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.write import write
from taskyard.notification.actions import deliveries as actions
from taskyard.notification.actions import webhooks
from taskyard.notification.models.webhooks import (
    Delivery,
    DeliveryState,
    DeliveryWithLog,
    Replay,
    Replayed,
)
from taskyard.notification.permissions import require_changing_webhooks, require_reading_webhooks
from taskyard.notification.queries import deliveries as queries
from taskyard.notification.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store
from taskyard.notification.routes.webhooks import ONE, TAGS

DELIVERY = f"{API}/deliveries/{{delivery_id:str}}"

InState = Annotated[DeliveryState | None, QueryParameter(name="state", description="Only those in this state.")]


@get(f"{ONE}/deliveries", tags=TAGS)
async def list_deliveries(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    webhook_id: PathId,
    *,
    in_state: InState = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Delivery]:
    """What was or is to be sent to a webhook, the latest changes first. It is kept for 30 days."""
    require_reading_webhooks(caller)
    await webhooks.get_webhook(database, caller, webhook_id)
    listing = f"deliveries of {webhook_id} state={in_state}"
    before = cursors.before_id(listing, cursor)
    found = await queries.list_deliveries(database, webhook_id, in_state, before, limit + 1)
    return cursors.page(listing, found, limit, lambda last: [last.id])


@get(DELIVERY, tags=TAGS)
async def get_delivery(caller: Caller, database: Store, delivery_id: PathId) -> DeliveryWithLog:
    """One delivery with its last 20 attempts: status, milliseconds and the beginning of each answer."""
    require_reading_webhooks(caller)
    return await actions.get_delivery_with_log(database, caller, delivery_id)


@post(f"{ONE}/test", tags=TAGS, status_code=202)
async def test_webhook(request: Call, caller: Caller, database: Store, webhook_id: PathId) -> Response[Delivery]:
    """Send a message of the type `webhook.test.v1`; `GET /deliveries/{id}` tells how it went.

    409 `webhook_not_active`.
    """
    require_changing_webhooks(caller)
    return await write(
        request,
        database,
        lambda tx: actions.test_webhook(tx, caller, webhook_id),
        recheck=lambda tx: webhooks.get_webhook(tx, caller, webhook_id),
        status=202,
        location=f"{API}/deliveries/{{id}}",
    )


@post(f"{ONE}/replay", tags=TAGS, status_code=202)
async def replay_deliveries(
    request: Call, caller: Caller, database: Store, webhook_id: PathId, data: JSONBody[Replay]
) -> Response[Replayed]:
    """Send once more: deliveries by their `ids`, or every change `after` a position up to and including `until`.

    Each has the `webhook-id` it had before. A span covers at most 10,000 positions, and also what was never sent:
    from before the webhook was made, or while it was disabled.
    """
    require_changing_webhooks(caller)
    return await write(
        request,
        database,
        lambda tx: actions.replay(tx, caller, webhook_id, data),
        recheck=lambda tx: webhooks.get_webhook(tx, caller, webhook_id),
        status=202,
    )


@post(f"{DELIVERY}/redeliver", tags=TAGS, status_code=202)
async def redeliver(request: Call, caller: Caller, database: Store, delivery_id: PathId) -> Response[Delivery]:
    """Send one delivery once more, with the `webhook-id` it had, or at once where it waits for its next attempt."""
    require_changing_webhooks(caller)
    return await write(
        request,
        database,
        lambda tx: actions.redeliver(tx, caller, delivery_id),
        recheck=lambda tx: actions.get_delivery(tx, caller, delivery_id),
        status=202,
    )


HANDLERS = [list_deliveries, get_delivery, test_webhook, replay_deliveries, redeliver]
