"""One request on a connection: uvicorn's own, with a body that must arrive in time and a head written at less cost.

uvicorn looks at each field of each answer by two regular expressions, which took 50 of a request's 470 us, and sends
head and body apart. Most fields are the same in every answer, so their lines are kept.
"""

import re
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from taskyard.gateway.answers import SECURITY_HEADERS
from taskyard.kit.problems import RequestTimeout

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent

_MOST_NAMES = 256
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
"""A token (RFC 9110, 5.6.2) in lower case, as ASGI demands."""
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LINES = {
    field: b"%s: %s\r\n" % field
    for field in [
        *SECURITY_HEADERS,
        (b"cache-control", b"private, no-cache"),
        (b"content-type", b"application/json"),
    ]
}
_FRAMING = frozenset({b"transfer-encoding", b"connection"})
_names: set[bytes] = set()
"""Names that were looked at before."""


class Cycle(RequestResponseCycle):
    """A request and its answer. An answer that says how its end is found is written here, any other by uvicorn."""

    is_late = False
    """Whether the body's time is over."""
    _held = b""
    """The head of an answer whose body has not begun."""

    @classmethod
    def adopt(cls, cycle: RequestResponseCycle) -> None:
        """Make one of uvicorn's cycles one of these; it has no setting for that."""
        cycle.__class__ = cls

    def give_up(self) -> None:
        """The body took too long: whoever waits for it gets RequestTimeout."""
        self.is_late = True
        self.message_event.set()

    async def receive(self) -> "ASGIReceiveEvent":
        """The next part of the body. Raises RequestTimeout when it took too long."""
        if self.is_late:
            raise RequestTimeout(headers={"Connection": "close"})
        message = await super().receive()
        if self.is_late:
            raise RequestTimeout(headers={"Connection": "close"})
        return message

    async def send(self, message: "ASGISendEvent") -> None:
        """Write a part of the answer; a head waits for the first part of its body, as ASGI demands."""
        if message["type"] == "http.response.start" and not self.response_started:
            self._held = self._head(message)
            if self._held:
                self.response_started = True
                self.waiting_for_100_continue = False
                return
        elif self._held and message["type"] == "http.response.body":
            head, self._held = self._held, b""
            if self._is_whole(message):
                self._finish(head, message.get("body", b""))
                return
            if not self.disconnected:
                self.transport.write(head)
        await super().send(message)

    def _is_whole(self, message: "HTTPResponseBodyEvent") -> bool:
        """Whether this is all of the body, and may be written now."""
        if message.get("more_body") or self.scope["method"] == "HEAD" or self.disconnected or self.flow.write_paused:
            return False
        return len(message.get("body", b"")) == self.expected_content_length

    def _finish(self, head: bytes, body: bytes) -> None:
        self.expected_content_length = 0
        self.response_complete = True
        self.transport.writelines((head, body))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _head(self, message: "HTTPResponseStartEvent") -> bytes:
        """The head of an answer of known length; none for any other, and for a field that uvicorn is to refuse."""
        lines, length = [STATUS_LINE[message["status"]]], -1
        for field in (*self.default_headers, *message["headers"]):
            line = _LINES.get(field)
            if line is None:
                name, value = field
                if name == b"content-length":
                    length = int(value)
                if name in _FRAMING or not _is_plain(name, value):
                    return b""
                line = b"%s: %s\r\n" % field
            lines.append(line)
        if length < 0:
            return b""
        self.expected_content_length, self.chunked_encoding = length, False
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        return b"".join(lines)


def _is_plain(name: bytes, value: bytes) -> bool:
    if name not in _names:
        if not _NAME.fullmatch(name):
            return False
        if len(_names) < _MOST_NAMES:
            _names.add(name)
    return not _FORBIDDEN.search(value)
