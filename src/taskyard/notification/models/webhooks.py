"""Webhooks as clients set them up, and what becomes of what is sent to them."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.notification import WebhookState, WebhookStateReason
from taskyard.kit.ids import Id
from taskyard.notification.models.events import EventItem

Url = Annotated[str, Meta(max_length=2_000, description="Where changes are posted to; https, and a public address.")]
Patterns = Annotated[
    list[Annotated[str, Meta(max_length=100)]],
    Meta(min_length=1, max_length=50, description="Event types, or beginnings of them such as `task.*` or `*`."),
]
ProjectIds = Annotated[list[Id], Meta(min_length=1, max_length=200, description="Only changes in these projects.")]
Description = Annotated[str, Meta(max_length=500)]
Position = Annotated[int, Meta(ge=0, lt=2**62)]
DeliveryState: TypeAlias = Literal["waiting", "delivered", "failed"]
SPAN = 10_000
"""Positions that one replay may cover."""


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a webhook is made from. Without ``project_ids`` it gets changes of every project you see."""

    workspace_id: Id
    url: Url
    events: Patterns
    project_ids: ProjectIds | None = None
    description: Description = ""


class WebhookPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A JSON Merge Patch (RFC 7396) of a webhook: absent fields stay, null clears."""

    url: Url | UnsetType = UNSET
    events: Patterns | UnsetType = UNSET
    project_ids: ProjectIds | UnsetType | None = UNSET
    description: Description | UnsetType = UNSET


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where changes are sent. It gets what ``acts_for`` may see: whoever made it, or last said what is sent where.

    One that is ``paused`` loses nothing; one that is ``disabled`` gets nothing. Until ``both_sign_until``, the
    secret before a rotation signs as well.
    """

    id: str
    workspace_id: str
    url: str
    description: str
    events: list[str]
    project_ids: list[str] | None
    state: WebhookState
    state_reason: WebhookStateReason | None
    created_by: str
    acts_for: str
    created_at: datetime
    updated_at: datetime
    both_sign_until: datetime | None
    version: int


class WebhookWithSecret(Webhook, frozen=True, kw_only=True):
    """A webhook with the secret that signs what it is sent; it is not shown again."""

    secret: str


class Replay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What is to be sent once more: deliveries by their ids, or all changes after a position and up to another."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=1_000)] | None = None
    after: Position | None = None
    until: Position | None = None


class Replayed(msgspec.Struct, frozen=True):
    """How many deliveries are sent once more; what is due already is not counted."""

    replayed: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One change on its way to one webhook; its id is the ``webhook-id`` of every attempt.

    ``position`` is the change's in the log, null for a test. ``attempts`` are those since it was last sent anew.
    """

    id: str
    webhook_id: str
    position: int | None
    type: str
    resource_id: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_status: int | None
    created_at: datetime
    finished_at: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """One try: the status of the answer, or without one the ``error``; ``answer`` is the beginning of the body."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    error: str | None
    answer: str


class DeliveryWithLog(Delivery, frozen=True, kw_only=True):
    """A delivery with its last attempts, oldest first."""

    log: list[Attempt]


class Dispatch(msgspec.Struct, frozen=True):
    """A delivery that is to be sent now, with all that takes; a test has no ``event``."""

    id: str
    workspace_id: str
    webhook_id: str
    type: str
    number: int
    attempts: int
    created_at: datetime
    url: str
    secret: bytes
    previous_secret: bytes | None
    event: EventItem | None


class Breaker(msgspec.Struct, frozen=True):
    """How a receiver does: failures in a row, and until when nothing is sent."""

    failures: int
    open_until: datetime | None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended, and what becomes of its delivery."""

    attempt: Attempt
    state: DeliveryState
    due_at: datetime
