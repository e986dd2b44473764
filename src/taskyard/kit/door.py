"""The door of a service in a process of its own: finds out who asks, from where, in which request.

Inside one process the gateway has done so, and it rides in the ASGI scope, which no header can
reach: forged headers prove nothing here, and network position neither. What comes past the gateway, such as streams
that an ingress sends straight here, is met as the gateway would: pages of our own origin, and of those in the
settings, may read the answers.
"""

from collections.abc import Sequence

from taskyard.kit import logs
from taskyard.kit.asgi import App, Headers, Message, Receive, Reply, Scope, Send, problem_reply, send_reply
from taskyard.kit.cors import PREFLIGHT, cors_headers, require_own_page
from taskyard.kit.deadlines import DEADLINE_HEADER, answer_within, read_deadline
from taskyard.kit.forwarding import CLIENT_HEADER
from taskyard.kit.identity import Identity
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.problems import DeadlineExceeded, Problem
from taskyard.kit.requests import CLIENT_ADDRESS, REQUEST_ID, TRACE_ID, request_ids
from taskyard.kit.sockets import Socket


class ServiceDoor:
    """Around a service's application: authenticates every request that nobody in this process has.

    ``origin`` is that of our own pages; without one there are none. ``allowed`` are others that may read answers.
    """

    def __init__(self, app: App, identity: Identity, origin: str = "", allowed: Sequence[str] = ()) -> None:
        self._app = app
        self._identity = identity
        self._origin = origin.encode()
        self._allowed = frozenset(text.encode() for text in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate and pass on."""
        if scope["type"] == "websocket" and PRINCIPAL not in scope:
            await self._open(scope, Socket(scope, receive, send))
        elif scope["type"] == "http" and PRINCIPAL not in scope:
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        scope[REQUEST_ID], scope[TRACE_ID] = request_ids(headers)
        logs.bind_request(scope[REQUEST_ID], scope[TRACE_ID])
        origin = headers.get(b"origin")
        if CLIENT_HEADER not in headers and origin is not None and (origin == self._origin or origin in self._allowed):
            send = _readable(send, cors_headers(origin, with_cookies=origin == self._origin))
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await send_reply(send, Reply(204, PREFLIGHT, b""))
                return
        try:
            address = await self._identity.client_address(scope)
            scope[PRINCIPAL] = await self._identity.authenticate(scope)
        except Problem as problem:
            await send_reply(send, problem_reply(problem, scope[TRACE_ID]))
            return
        if address is not None:
            scope[CLIENT_ADDRESS] = address
        seconds = read_deadline(headers.get(DEADLINE_HEADER))
        if seconds is None:
            await self._app(scope, receive, send)
        else:
            await self._answer_within(seconds, scope, receive, send)

    async def _answer_within(self, seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what somebody waits for only so long."""
        try:
            await answer_within(seconds, self._app, scope, receive, send)
        except DeadlineExceeded as problem:
            await send_reply(send, problem_reply(problem, scope[TRACE_ID]))

    async def _open(self, scope: Scope, socket: Socket) -> None:
        """The same for a WebSocket."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        scope[REQUEST_ID], scope[TRACE_ID] = request_ids(headers)
        logs.bind_request(scope[REQUEST_ID], scope[TRACE_ID])
        try:
            require_own_page(headers, self._origin)
            address = await self._identity.client_address(scope)
            scope[PRINCIPAL] = await socket.authenticate(self._identity) or await socket.introduce(self._identity)
        except Problem as problem:
            await socket.refuse(problem)
            return
        if address is not None:
            scope[CLIENT_ADDRESS] = address
        await self._app(scope, socket.receive, socket.send)


def _readable(send: Send, added: Headers) -> Send:
    """The way of an answer to a page that may read it."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return with_headers
