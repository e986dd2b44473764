"""/webhooks: where the changes of a workspace are sent."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.outbound import Boundary
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_text
from taskyard.kit.write import read, write
from taskyard.notification.actions import webhooks as actions
from taskyard.notification.models.webhooks import NewWebhook, Webhook, WebhookPatch, WebhookWithSecret
from taskyard.notification.permissions import require_changing_webhooks, require_reading_webhooks
from taskyard.notification.queries import webhooks as queries
from taskyard.notification.routes.provided import (
    Call,
    Caller,
    Cursor,
    Cursors,
    Limit,
    PathId,
    QueryId,
    Reach,
    Seals,
    Store,
)

ALL, ONE = f"{API}/webhooks", f"{API}/webhooks/{{webhook_id:str}}"
TAGS = ["Webhooks"]


@post(ALL, tags=TAGS, status_code=201)
async def create_webhook(
    request: Call, caller: Caller, database: Store, sealer: Seals, boundary: Reach, data: JSONBody[NewWebhook]
) -> Response[WebhookWithSecret]:
    """Have changes in a workspace sent to an address, from now on: those you may see yourself.

    Messages follow [Standard Webhooks](https://www.standardwebhooks.com); the `secret` verifies them and is shown
    only now. What is not answered with 2xx is sent again for more than three days; what is about one task arrives
    in order. Owners and admins. 409 `too_many_webhooks`.
    """
    require_changing_webhooks(caller)
    _require_url(boundary, data.url)
    data.description = clean_text("/description", data.description)
    return await write(
        request,
        database,
        lambda tx: actions.create_webhook(tx, caller, data, sealer),
        recheck=lambda tx: actions.require_manager(tx, caller, data.workspace_id),
        status=201,
        location=ALL + "/{id}",
        sealer=sealer,
    )


@get(ALL, tags=TAGS)
async def list_webhooks(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    *,
    workspace_id: QueryId = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Webhook]:
    """The webhooks you manage, in one workspace or in all, oldest first. Owners and admins."""
    require_reading_webhooks(caller)
    await actions.require_listing(database, caller, workspace_id)
    listing = f"webhooks of {caller.id} in {workspace_id}"
    after = cursors.after_id(listing, cursor)
    found = await queries.list_webhooks(database, caller.access_id, workspace_id, after, limit + 1)
    return cursors.page(listing, found, limit, lambda last: [last.id])


@get(ONE, tags=TAGS)
async def get_webhook(request: Call, caller: Caller, database: Store, webhook_id: PathId) -> Response[Webhook]:
    """One webhook, without its secret."""
    require_reading_webhooks(caller)
    return read(request, await actions.get_webhook(database, caller, webhook_id))


@patch(ONE, tags=TAGS)
async def update_webhook(
    request: Call, caller: Caller, database: Store, boundary: Reach, webhook_id: PathId, data: JSONBody[WebhookPatch]
) -> Response[Webhook]:
    """Change what is sent where, by JSON Merge Patch (RFC 7396).

    Who changes `url`, `events` or `project_ids` is whose sight the webhook has from then on (`acts_for`).
    """
    require_changing_webhooks(caller)
    if isinstance(data.url, str):
        _require_url(boundary, data.url)
    if isinstance(data.description, str):
        data.description = clean_text("/description", data.description)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_webhook(tx, caller, webhook_id, data, expected),
        recheck=lambda tx: actions.get_webhook(tx, caller, webhook_id),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_webhook(request: Call, caller: Caller, database: Store, webhook_id: PathId) -> Response[None]:
    """Delete a webhook; what is still to be sent is not sent."""
    require_changing_webhooks(caller)
    expected = expected_version(request.scope)
    return await write(request, database, lambda tx: actions.delete_webhook(tx, caller, webhook_id, expected))


@post(f"{ONE}/pause", tags=TAGS, status_code=200)
async def pause_webhook(request: Call, caller: Caller, database: Store, webhook_id: PathId) -> Response[Webhook]:
    """Send nothing until it is resumed. Nothing is lost meanwhile, for up to 30 days."""
    require_changing_webhooks(caller)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.pause_webhook(tx, caller, webhook_id, expected),
        recheck=lambda tx: actions.get_webhook(tx, caller, webhook_id),
    )


@post(f"{ONE}/resume", tags=TAGS, status_code=200)
async def resume_webhook(request: Call, caller: Caller, database: Store, webhook_id: PathId) -> Response[Webhook]:
    """Send again, first what has waited.

    Where the person it acts for may not manage webhooks any more, it acts for you from now on.
    """
    require_changing_webhooks(caller)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.resume_webhook(tx, caller, webhook_id, expected),
        recheck=lambda tx: actions.get_webhook(tx, caller, webhook_id),
    )


@post(f"{ONE}/rotate-secret", tags=TAGS, status_code=200)
async def rotate_webhook_secret(
    request: Call, caller: Caller, database: Store, sealer: Seals, webhook_id: PathId
) -> Response[WebhookWithSecret]:
    """Give a webhook a new secret, shown only now. The one before signs as well for 24 hours more."""
    require_changing_webhooks(caller)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.rotate_secret(tx, caller, webhook_id, expected, sealer),
        recheck=lambda tx: actions.get_webhook(tx, caller, webhook_id),
        sealer=sealer,
    )


def _require_url(boundary: Boundary, url: str) -> None:
    fault = boundary.find_fault(url)
    if fault is not None:
        raise invalid("/url", fault)


HANDLERS = [
    create_webhook,
    list_webhooks,
    get_webhook,
    update_webhook,
    delete_webhook,
    pause_webhook,
    resume_webhook,
    rotate_webhook_secret,
]
