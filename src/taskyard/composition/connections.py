"""One client's connection: uvicorn's HTTP/1.1, with bounds on what comes before an application is asked.

An application sees a request once its head is complete, so it cannot refuse a head that never ends; and a timer here,
only for a body that did not come with its head, costs less than one around each part of it. Fields
after a chunked body (trailers) are dropped: merged into the headers, as uvicorn does, they would pass for fields
that a proxy in front has checked (RFC 9110, 6.5.1).
"""

import asyncio

import msgspec
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from taskyard.composition.request_cycle import Cycle
from taskyard.gateway.answers import SECURITY_HEADERS
from taskyard.kit.ids import new_id
from taskyard.kit.problems import PROBLEM_MEDIA_TYPE, HeadersTooLarge, MalformedRequest, Problem, RequestTimeout

HEAD_SECONDS = 20.0
"""The longest a request's head may take to arrive."""
BODY_SECONDS = 60.0
"""The longest a request's body may take to arrive."""
LONGEST_HEAD = 64 * 1024
"""More than the gateway allows (16 KiB), so that it is the gateway who refuses, with its own headers and log line."""


class BoundedConnection(HttpToolsProtocol):
    """A connection that is closed when a head is too long, too slow or cannot be read."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._requests = 0
        self._is_in_head = self._is_in_body = False
        self._head_bytes = 0
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; refuse when this still belongs to a head that is too long."""
        before = self._requests
        super().data_received(data)
        if not self._is_in_head:
            if self._is_in_body:
                self._wait(BODY_SECONDS)
            return
        if self.transport.is_closing():
            return
        self._wait(HEAD_SECONDS)
        if before == self._requests:  # otherwise these bytes may end the request before
            self._head_bytes += len(data)
        if self._head_bytes > LONGEST_HEAD:
            self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        """The first byte of a head is there."""
        super().on_message_begin()
        self._requests += 1
        self._is_in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """The head is whole: an application gets it, and trailers go nowhere."""
        self._is_in_head, self._is_in_body = False, True
        self._stop_waiting()
        super().on_headers_complete()
        self.headers = []

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._is_in_body = False
        self._stop_waiting()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        Cycle.adopt(cycle)
        super()._start_asgi_task(cycle, app)

    def _get_upgrade(self) -> bytes | None:
        """What the connection is to become, by the fields of the head alone."""
        trailers, self.headers = self.headers, list(self.scope["headers"])
        try:
            return super()._get_upgrade()
        finally:
            self.headers = trailers

    def handle_websocket_upgrade(self) -> None:
        """Become a WebSocket, which has its own patience; not amid the answer to an earlier request."""
        self._is_in_body = False
        self._stop_waiting()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self.transport.close()
            return
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read as every other refusal is answered."""
        self._refuse(MalformedRequest(msg))

    def _wait(self, seconds: float) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        cycle: RequestResponseCycle | None = self.cycle
        if self._is_in_head:
            self._refuse(RequestTimeout())
        elif self._is_in_body and self.pipeline:
            self._wait(BODY_SECONDS)  # it was not asked to go on while an earlier request is answered
        elif self._is_in_body and isinstance(cycle, Cycle) and not cycle.response_complete:
            cycle.give_up()
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer and close; only close while another answer is under way."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not cycle.response_started):
            body = msgspec.json.encode(problem.document(new_id().replace("-", "")))
            fields = [
                *SECURITY_HEADERS,
                (b"cache-control", b"no-store"),
                (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
                (b"content-length", b"%d" % len(body)),
                (b"connection", b"close"),
            ]
            head = b"".join(b"%s: %s\r\n" % field for field in fields)
            self.transport.write(b"HTTP/1.1 %d \r\n%s\r\n%s" % (problem.status, head, body))
        self.transport.close()
