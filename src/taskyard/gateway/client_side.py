"""The client's side of a forwarded request: its body, and later the news that it has gone away."""

import asyncio
from collections.abc import AsyncIterator

from taskyard.kit.asgi import Headers, Message, Receive
from taskyard.kit.problems import Problem

LONGEST_WHOLE = 256 * 1024
"""Bytes of a body that is taken in before a service is asked, which then waits for nobody."""


class ClientSide:
    """What a client sends: a short body is read whole and can be sent again, any other goes through as it arrives."""

    def __init__(self, fields: Headers, receive: Receive) -> None:
        length, is_chunked = b"0", False
        for name, value in fields:
            if name == b"content-length":
                length = value
            elif name == b"transfer-encoding":
                is_chunked = True
        self.is_streamed = is_chunked or int(length) > LONGEST_WHOLE
        self._has_body = length != b"0"
        self.problem: Problem | None = None
        """A refusal amid a body that goes through."""
        self.is_untouched = True
        """Whether a body that goes through is still all there, to be sent for the first time."""
        self._receive = receive
        self._whole: bytes | None = None
        self._consumed = asyncio.Event()

    async def read(self) -> bool:
        """Take in a short body; whether the client is still there. Raises the Problem of a body that is refused."""
        if self.is_streamed:
            return True
        parts: list[bytes] = []
        more = self._has_body
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return False
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        if parts:
            self._whole = parts[0] if len(parts) == 1 else b"".join(parts)
        self._consumed.set()
        return True

    def body(self) -> bytes | AsyncIterator[bytes] | None:
        """The body for one try."""
        return self._parts() if self.is_streamed else self._whole

    async def wait_until_gone(self) -> None:
        """Return when the client has closed its connection."""
        await self._consumed.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _parts(self) -> AsyncIterator[bytes]:
        """The body as it arrives; a refusal on the way is kept in ``problem``."""
        self.is_untouched = False
        more = True
        while more:
            message = await self._next()
            if message["type"] == "http.disconnect":
                break
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self._consumed.set()

    async def _next(self) -> Message:
        try:
            return await self._receive()
        except Problem as problem:
            self.problem = problem
            raise
