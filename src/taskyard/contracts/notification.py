"""What the notification service announces. The person told is the only audience."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Reason: TypeAlias = Literal[
    "assigned", "mentioned", "commented", "status_changed", "invited", "shared", "due_soon", "overdue", "reminder"
]

NOTIFICATION_CREATED = "notification.created.v1"
NOTIFICATION_READ = "notification.read.v1"
NOTIFICATION_UPDATED = "notification.updated.v1"
"""It was marked as unread, snoozed, archived or taken back."""

MUTE_CREATED = "mute.created.v1"
MUTE_DELETED = "mute.deleted.v1"
PREFERENCES_UPDATED = "notification_preferences.updated.v1"


class Notification(msgspec.Struct, frozen=True):
    """One thing that one person is told, as clients and events carry it; ``read_at`` is null until it is read.

    ``mentioned`` and ``commented`` name the comment; ``invited`` names a project or only the workspace. One that is
    snoozed is out of the inbox until ``snoozed_until``; one that is archived stays out.
    """

    id: str
    reason: Reason
    workspace_id: str
    project_id: str | None
    task_id: str | None
    comment_id: str | None
    actor_id: str | None
    created_at: datetime
    read_at: datetime | None
    snoozed_until: datetime | None
    archived_at: datetime | None
    version: int


WEBHOOK_CREATED = "webhook.created.v1"
WEBHOOK_UPDATED = "webhook.updated.v1"
WEBHOOK_PAUSED = "webhook.paused.v1"
"""By hand, or because who it acts for left or may manage webhooks no longer; ``state_reason`` says which."""
WEBHOOK_RESUMED = "webhook.resumed.v1"
WEBHOOK_DISABLED = "webhook.disabled.v1"
"""The receiver said that it is gone (410)."""
WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated.v1"  # noqa: S105 - the name of an event
WEBHOOK_DELETED = "webhook.deleted.v1"
WEBHOOK_TEST_CREATED = "webhook_test.created.v1"
WEBHOOK_REPLAY_CREATED = "webhook_replay.created.v1"

WEBHOOK_TEST = "webhook.test.v1"
"""The type of a message that only tries a webhook; no change has it."""

WebhookState: TypeAlias = Literal["active", "paused", "disabled"]
WebhookStateReason: TypeAlias = Literal["by_hand", "creator_left", "permission_lost", "gone"]


class WebhookFacts(msgspec.Struct, frozen=True):
    """A webhook as its events carry it: without its address, which may hold a secret."""

    id: str
    workspace_id: str
    events: list[str]
    project_ids: list[str] | None
    state: WebhookState
    state_reason: WebhookStateReason | None
    acts_for: str
    version: int


class WebhookTestFacts(msgspec.Struct, frozen=True):
    """A test of a webhook; its id is the delivery's."""

    id: str
    webhook_id: str


class WebhookReplayFacts(msgspec.Struct, frozen=True):
    """How many deliveries of a webhook are sent once more."""

    id: str
    webhook_id: str
    replayed: int
