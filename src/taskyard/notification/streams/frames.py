"""An event on its way to many readers: encoded once, however many streams of either kind send it.

Server-Sent Events by WHATWG HTML, section 9.2; messages of a WebSocket are JSON with the same three fields.
"""

import msgspec

from taskyard.notification.models.events import Ending, EventItem, Place

RETRY = b"retry: 2000\n\n"
HEARTBEAT = b": heartbeat\n\n"
HEARTBEAT_MESSAGE = '{"event":"heartbeat"}'
_FRAME_OVERHEAD = 100


class Encoded:
    """One event as the streams send it."""

    __slots__ = ("_body", "_frame", "_message", "_type", "place")

    def __init__(self, epoch: int, item: EventItem) -> None:
        self.place = Place(epoch, item.position)
        self._type = item.type
        self._body = msgspec.json.encode(item)
        self._frame = b""
        self._message = ""

    @property
    def size(self) -> int:
        """About how many bytes it takes in a stream."""
        return len(self._body) + _FRAME_OVERHEAD

    @property
    def frame(self) -> bytes:
        """For an event stream; its id is the place to resume after."""
        self._frame = self._frame or sse_frame(self.place, self._type, self._body)
        return self._frame

    @property
    def message(self) -> str:
        """For a WebSocket."""
        self._message = self._message or socket_message(self.place, self._type, self._body)
        return self._message


class _Reset(msgspec.Struct, frozen=True):
    """What a client learns when the log was restored: where it goes on."""

    epoch: int
    position: int


class _End(msgspec.Struct, frozen=True):
    """What a client learns when its stream is over."""

    reason: str


def sse_frame(place: Place, name: str, body: bytes) -> bytes:
    """One event of an event stream."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(place).encode(), name.encode(), body)


def socket_message(place: Place, name: str, body: bytes) -> str:
    """One message of a WebSocket."""
    return f'{{"id":"{place}","event":"{name}","data":{body.decode()}}}'


def reset_body(place: Place) -> bytes:
    """Tells a client to read the present state again and go on from a place of the new epoch."""
    return msgspec.json.encode(_Reset(place.epoch, place.position))


def end_frame(ending: Ending) -> bytes:
    """Tells a client of an event stream why it ends; without an id, so that it resumes from its last event."""
    return b"event: end\ndata: %b\n\n" % msgspec.json.encode(_End(ending.reason))
