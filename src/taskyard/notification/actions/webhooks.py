"""Setting webhooks up, and stopping and starting them."""

import base64
import secrets
from datetime import timedelta

from msgspec import UNSET, structs

from taskyard.contracts import notification as events
from taskyard.contracts.events import SHARED, wants
from taskyard.contracts.notification import WebhookFacts, WebhookStateReason
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.kit.sealing import Sealer
from taskyard.notification.errors import TooManyWebhooks
from taskyard.notification.models.webhooks import NewWebhook, Webhook, WebhookPatch, WebhookWithSecret
from taskyard.notification.permissions import require_managing_webhooks, require_whole_workspaces
from taskyard.notification.queries import webhooks as queries
from taskyard.notification.queries.deliveries import hasten_deliveries
from taskyard.notification.queries.readers import list_visible

MOST = 50
"""Webhooks of one workspace."""
OVERLAP = timedelta(hours=24)
"""How long the secret before a rotation signs as well."""
PREFIX = "whsec_"
_SECRET_LENGTH = 32
_SENT = ("url", "events", "project_ids")


async def require_manager(db: Statements, caller: Principal, workspace_id: str) -> None:
    """Refuse who may not manage the webhooks of a workspace."""
    require_managing_webhooks(
        caller, await queries.find_held(db, workspace_id, caller.access_id) if is_id(workspace_id) else 0
    )


async def require_listing(db: Statements, caller: Principal, workspace_id: str | None) -> None:
    """Refuse who asks for a workspace whose webhooks are not theirs to manage, or by a credential that never may."""
    if workspace_id is not None:
        await require_manager(db, caller, workspace_id)
    require_whole_workspaces(caller)


async def get_webhook(db: Statements, caller: Principal, webhook_id: str) -> Webhook:
    """A webhook that the caller manages."""
    return _managed(caller, await queries.find_webhook(db, webhook_id, caller.access_id) if is_id(webhook_id) else None)


async def lock_webhook(tx: Transaction, caller: Principal, webhook_id: str) -> Webhook:
    """The same, locked."""
    return _managed(caller, await queries.lock_webhook(tx, webhook_id, caller.access_id) if is_id(webhook_id) else None)


async def create_webhook(tx: Transaction, caller: Principal, new: NewWebhook, sealer: Sealer) -> WebhookWithSecret:
    """A new webhook, which acts for the caller. Raises TooManyWebhooks, InvalidInput."""
    await require_manager(tx, caller, new.workspace_id)
    _require_patterns(new.events)
    await _require_projects(tx, caller, new.workspace_id, new.project_ids)
    if await queries.count_webhooks(tx, new.workspace_id) >= MOST:
        raise TooManyWebhooks(f"A workspace has at most {MOST} webhooks.")
    at = clock.now()
    webhook = Webhook(
        **structs.asdict(new),
        id=new_id(),
        state="active",
        state_reason=None,
        created_by=caller.id,
        acts_for=caller.id,
        created_at=at,
        updated_at=at,
        both_sign_until=None,
        version=1,
    )
    secret = _new_secret()
    await queries.insert_webhook(tx, webhook, sealer.seal(secret, webhook.id))
    await _announce(tx, events.WEBHOOK_CREATED, webhook)
    return _with_secret(webhook, secret)


async def update_webhook(
    tx: Transaction, caller: Principal, webhook_id: str, patch: WebhookPatch, expected: int | None
) -> Webhook:
    """Apply a merge patch. Who changes what is sent where lends it their sight from then on. Raises InvalidInput."""
    before = await lock_webhook(tx, caller, webhook_id)
    require_version(expected, before.version)
    changes = {name: value for name, value in structs.asdict(patch).items() if value is not UNSET}
    _require_patterns(changes.get("events", before.events))
    await _require_projects(tx, caller, before.workspace_id, changes.get("project_ids"))
    after = structs.replace(before, **changes)
    if after == before:
        return before
    if any(getattr(after, name) != getattr(before, name) for name in _SENT):
        after = structs.replace(after, acts_for=caller.id)
    return await _store(tx, events.WEBHOOK_UPDATED, before, after)


async def pause_webhook(tx: Transaction, caller: Principal, webhook_id: str, expected: int | None) -> Webhook:
    """Send nothing and lose nothing until it is resumed; again changes nothing."""
    before = await lock_webhook(tx, caller, webhook_id)
    require_version(expected, before.version)
    return before if before.state != "active" else await _pause(tx, before, "by_hand")


async def resume_webhook(tx: Transaction, caller: Principal, webhook_id: str, expected: int | None) -> Webhook:
    """Send what waited and what is new; it acts for the caller where whom it acted for may manage it no longer."""
    before = await lock_webhook(tx, caller, webhook_id)
    require_version(expected, before.version)
    if before.state == "active":
        return before
    keeps = await queries.is_manager(tx, before.workspace_id, before.acts_for)
    acts_for = before.acts_for if keeps else caller.id
    after = structs.replace(before, state="active", state_reason=None, acts_for=acts_for)
    await hasten_deliveries(tx, before.id, clock.now())
    return await _store(tx, events.WEBHOOK_RESUMED, before, after)


async def rotate_secret(
    tx: Transaction, caller: Principal, webhook_id: str, expected: int | None, sealer: Sealer
) -> WebhookWithSecret:
    """A new secret; the one until now signs as well for a day, so that no message is refused."""
    before = await lock_webhook(tx, caller, webhook_id)
    require_version(expected, before.version)
    at, secret = clock.now(), _new_secret()
    after = structs.replace(before, both_sign_until=at + OVERLAP, updated_at=at, version=before.version + 1)
    await queries.update_secret(tx, after, sealer.seal(secret, after.id))
    await _announce(tx, events.WEBHOOK_SECRET_ROTATED, after)
    return _with_secret(after, secret)


async def delete_webhook(tx: Transaction, caller: Principal, webhook_id: str, expected: int | None) -> None:
    """Delete a webhook; what waits for it is not sent."""
    before = await lock_webhook(tx, caller, webhook_id)
    require_version(expected, before.version)
    await queries.delete_webhook(tx, before.id, clock.now())
    await _announce(tx, events.WEBHOOK_DELETED, structs.replace(before, version=before.version + 1))


async def pause_orphans(tx: Transaction, workspace_id: str, person_id: str) -> None:
    """Pause the webhooks that act for somebody who left the workspace or may not manage them any more."""
    for webhook, held in await queries.lock_webhooks_acting_for(tx, workspace_id, person_id):
        if not held:
            await _pause(tx, webhook, "creator_left")
        elif not await queries.is_manager(tx, workspace_id, person_id):
            await _pause(tx, webhook, "permission_lost")


async def disable_webhook(tx: Transaction, webhook: Webhook) -> None:
    """Send nothing any more to a locked webhook whose receiver said that it is gone."""
    after = structs.replace(webhook, state="disabled", state_reason="gone")
    await _store(tx, events.WEBHOOK_DISABLED, webhook, after)


async def _pause(tx: Transaction, webhook: Webhook, reason: WebhookStateReason) -> Webhook:
    after = structs.replace(webhook, state="paused", state_reason=reason)
    return await _store(tx, events.WEBHOOK_PAUSED, webhook, after)


async def _store(tx: Transaction, kind: str, before: Webhook, after: Webhook) -> Webhook:
    after = structs.replace(after, version=before.version + 1, updated_at=clock.now())
    await queries.update_webhook(tx, after)
    await _announce(tx, kind, after, before)
    return after


async def _announce(tx: Transaction, kind: str, after: Webhook, before: Webhook | None = None) -> None:
    change = Change(
        type=kind,
        resource_id=after.id,
        version=after.version,
        data=_facts(after),
        changes=changed_fields(_facts(before), _facts(after)) if before is not None else {},
        workspace_id=after.workspace_id,
    )
    await announce(tx, change)


def _facts(webhook: Webhook) -> WebhookFacts:
    return WebhookFacts(*(getattr(webhook, name) for name in WebhookFacts.__struct_fields__))


def _managed(caller: Principal, found: tuple[Webhook, int] | None) -> Webhook:
    if found is None:
        raise NotFound
    require_managing_webhooks(caller, found[1])
    return found[0]


def _require_patterns(patterns: list[str]) -> None:
    """Refuse a pattern that means no event there is: it would be silent for ever."""
    for number, pattern in enumerate(patterns):
        if "*" in pattern[:-1]:
            raise invalid(f"/events/{number}", "An asterisk stands at the end only.")
        if not any(wants(pattern, kind) for kind in SHARED):
            raise invalid(f"/events/{number}", "No event that webhooks get has this type.")


async def _require_projects(db: Statements, caller: Principal, workspace_id: str, ids: list[str] | None) -> None:
    seen = await list_visible(db, [(caller.access_id, project_id) for project_id in ids or ()]) if ids else []
    known = {project_id for _, project_id, of_workspace in seen if of_workspace == workspace_id}
    for number, project_id in enumerate(ids or ()):
        if project_id not in known:
            raise invalid(f"/project_ids/{number}", "You see no such project in this workspace.")


def _new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_LENGTH)


def _with_secret(webhook: Webhook, secret: bytes) -> WebhookWithSecret:
    return WebhookWithSecret(**structs.asdict(webhook), secret=PREFIX + base64.b64encode(secret).decode())
