"""Messages as Standard Webhooks lays them out (https://www.standardwebhooks.com), and their signatures."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

import msgspec

from taskyard.notification.models.events import EventItem
from taskyard.notification.models.webhooks import Dispatch


class Tested(msgspec.Struct, frozen=True):
    """What a test carries instead of a change."""

    webhook_id: str


class Message(msgspec.Struct, frozen=True):
    """The body of a message: ``data`` is the change as ``GET /events`` has it."""

    type: str
    timestamp: datetime
    data: EventItem | Tested


def body_of(dispatch: Dispatch) -> bytes:
    """The body of a delivery, the same at every attempt."""
    event = dispatch.event
    at = dispatch.created_at if event is None else event.at
    return msgspec.json.encode(Message(dispatch.type, at, Tested(dispatch.webhook_id) if event is None else event))


def headers_of(message_id: str, at: datetime, body: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """The headers by which a receiver knows a message and whom it is from: a signature by each live secret."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_sign(secret, signed)}" for secret in secrets),
    }


def _sign(secret: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
