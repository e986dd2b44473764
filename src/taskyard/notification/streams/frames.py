"""Events as Server-Sent Events write them (WHATWG HTML, section 9.2)."""

import msgspec

from taskyard.notification.models import EventItem, Place

RETRY = b"retry: 2000\n\n"
HEARTBEAT = b": heartbeat\n\n"


class _Reset(msgspec.Struct, frozen=True):
    """What a client learns when the log was restored: where it goes on."""

    epoch: int
    position: int


def event_frame(epoch: int, item: EventItem) -> bytes:
    """One event; its id is the place to resume after."""
    return _frame(Place(epoch, item.position), item.type, item)


def reset_frame(place: Place) -> bytes:
    """Tells a client to read the present state again and go on from a place of the new epoch."""
    return _frame(place, "reset", _Reset(place.epoch, place.position))


def _frame(place: Place, name: str, body: msgspec.Struct) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(place).encode(), name.encode(), msgspec.json.encode(body))
