"""WebSockets at a door (RFC 6455): who opens one, and how one is refused before and after it was accepted.

Browsers cannot set the Authorization header of a WebSocket, and a token in an address ends in logs. So a client may
also offer the subprotocol ``bearer.<token>`` beside ``taskyard.v1``, or say ``{"type": "authenticate", "token": ...}``
first.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from taskyard.kit.asgi import Headers, Message, Receive, Scope, Send, problem_reply, send_reply
from taskyard.kit.identity import Identity
from taskyard.kit.principal import Principal
from taskyard.kit.problems import Problem, RequestTimeout, Unauthenticated, Unavailable
from taskyard.kit.requests import trace_id_of

PROTOCOL: Final = "taskyard.v1"
LONGEST_MESSAGE: Final = 64 * 1024
FIRST_MESSAGE_SECONDS = 10.0
MOST_STRANGERS = 500
"""WebSockets of a process that were accepted and have not said yet who they are."""
_BEARER = "bearer."
_ANSWER = "websocket.http.response"
_CLOSE_CODES: Mapping[int, int] = {500: 1011, 503: 1013, 504: 1013}

_strangers = 0


class Authenticate(msgspec.Struct, frozen=True, tag="authenticate", forbid_unknown_fields=True):
    """The first message of a client that could not name its credential before."""

    token: str


def close_code(problem: Problem) -> int:
    """The code with which a WebSocket closes for a reason that HTTP has a status for: 4000 and the status."""
    return _CLOSE_CODES.get(problem.status, 4000 + problem.status)


class Socket:
    """One WebSocket on its way through a door, which may accept it itself and still hand it on as if it were new."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._is_connect_taken = False
        self.status = 0
        """That of the answer to the handshake; 101 when it was accepted."""
        self.answered_at = 0.0
        """When that was, by the performance counter."""
        self.close_code = 0
        self.extra_headers: Headers = []

    async def receive(self) -> Message:
        """The next message, as an application expects them."""
        if self._is_connect_taken:
            self._is_connect_taken = False
            return {"type": "websocket.connect"}
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self.close_code = self.close_code or message.get("code", 1006)
        return message

    async def send(self, message: Message) -> None:
        """Pass a message of the application on; what was accepted already is not accepted again."""
        kind = message["type"]
        if kind == "websocket.accept":
            await self._accept(message)
            return
        if kind == "websocket.http.response.start":
            self.status, self.answered_at = message["status"], time.perf_counter()
            message = {**message, "headers": [*message.get("headers", ()), *self.extra_headers]}
        elif kind == "websocket.close":
            self.close_code = self.close_code or message.get("code", 1000)
        await self._send(message)

    async def authenticate(self, identity: Identity) -> Principal | None:
        """Who opens it, by header or subprotocol; None when neither says. Raises InvalidToken.

        From then on the scope has an Authorization header, wherever it goes.
        """
        offered = [name for name in self._scope.get("subprotocols", ()) if name.startswith(_BEARER)]
        if offered:
            self._name_credential(offered[0].removeprefix(_BEARER))
        return await identity.authenticate(self._scope)

    async def introduce(self, identity: Identity) -> Principal:
        """Who opens it, by its first message. Raises Unauthenticated, RequestTimeout and Unavailable."""
        self._name_credential(await self._hear_credential())
        principal = await identity.authenticate(self._scope)
        if principal is None:
            raise Unauthenticated
        return principal

    async def refuse(self, problem: Problem) -> None:
        """Say no: as an answer to the handshake, or by closing what was accepted."""
        if self.close_code or (self.status and self.status != 101):
            return
        if not self.status and _ANSWER in self._scope.get("extensions", {}):
            await send_reply(self.send, problem_reply(problem, trace_id_of(self._scope)), kind=_ANSWER)
            return
        self.status = self.status or 403  # what a server without the extension makes of it
        await self.send({"type": "websocket.close", "code": close_code(problem), "reason": problem.code()})

    def _name_credential(self, token: str) -> None:
        kept = [
            field for field in self._scope["headers"] if field[0] not in {b"authorization", b"sec-websocket-protocol"}
        ]
        self._scope["headers"] = [*kept, (b"authorization", b"Bearer " + token.encode("latin-1", "replace"))]
        self._scope["subprotocols"] = [name for name in self._scope.get("subprotocols", ()) if name == PROTOCOL]

    async def _accept(self, message: Message) -> None:
        if self.status:
            return
        self.status, self.answered_at = 101, time.perf_counter()
        headers = [*message.get("headers", ()), *self.extra_headers]
        subprotocol = PROTOCOL if PROTOCOL in self._scope.get("subprotocols", ()) else None
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": headers})

    async def _hear_credential(self) -> str:
        """Accept it, and wait for a first message that names a token."""
        global _strangers  # noqa: PLW0603 - a bound of the process
        if _strangers >= MOST_STRANGERS:
            raise Unavailable
        _strangers += 1
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                await self._receive()
                await self._accept({})
                message = await self.receive()
        except TimeoutError as error:
            raise RequestTimeout from error
        finally:
            _strangers -= 1
        self._is_connect_taken = True
        return _token_in(message)


def _token_in(message: Message) -> str:
    try:
        return msgspec.json.decode(message.get("text") or b"", type=Authenticate).token
    except msgspec.MsgspecError as error:
        raise Unauthenticated('Say {"type": "authenticate", "token": "..."} first.') from error


def is_socket(scope: Any) -> bool:
    """Whether this is the opening of a WebSocket."""
    return bool(scope["type"] == "websocket")
