"""Answers made smaller where that pays: JSON and text of some length, for programs that show a credential of their own.

By which coding, `gateway/codings.py` says. What is left as it is, and why:

- Answers to a cookie. A page of somebody else can make a browser send one, mix words of its own into an answer and
  learn from its length what else is in it (BREACH). It cannot make a browser send a credential in a header.
- Answers that carry secrets: those to writes, those that nobody may keep (no-store), and what is below the paths of
  sessions, keys and OAuth.
- Answers with an entity tag, which names these bytes and comes back in If-Match; they are single things, and short.
- Files, streams, and answers whose length is not known before.
"""

import asyncio
import re
from collections.abc import Mapping
from functools import lru_cache

from taskyard.gateway.codings import SMALLEST_FIRST, Coding, coding_for
from taskyard.kit.asgi import Headers, Message, Reply, Scope, Send

LEAST_BYTES = 1024
"""What is shorter fits into one packet anyway."""
MOST_BYTES = 4 * 1024 * 1024
_IN_PLACE_BYTES = 128 * 1024
"""What takes less than half a millisecond; the rest is compressed beside the event loop."""
_PAYS = re.compile(rb"(?:application/(?:[a-z.]+\+)?json|text/[a-z]+)(?:;|$)")
_SECRET_PREFIXES = ("/api/v1/auth/", "/api/v1/api-keys", "/api/v1/sessions", "/api/v1/service-accounts", "/oauth/")
_AS_IT_IS = frozenset({b"content-encoding", b"content-disposition", b"etag"})
_VARY = (b"vary", b"accept-encoding")


def coding_of_answer(scope: Scope, headers: Mapping[bytes, bytes]) -> Coding | None:
    """How the answer to a request may be compressed, as far as the request says; None for as it is."""
    may_be = (
        scope["method"] == "GET"
        and (b"authorization" in headers or b"x-api-key" in headers)
        and b"cookie" not in headers
        and not scope["path"].startswith(_SECRET_PREFIXES)
    )
    return coding_for(headers.get(b"accept-encoding", b"")) if may_be else None


class Compressing:
    """Sends an answer on, compressed where that pays."""

    def __init__(self, send: Send, coding: Coding) -> None:
        self._send = send
        self._coding = coding
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        """Pass one message of the answer on, or keep it until all are there."""
        if message["type"] == "http.response.start" and _pays(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start, b"".join(self._parts))

    async def _finish(self, start: Message, body: bytes) -> None:
        body = await _compressed(body, self._coding)
        kept = [field for field in start["headers"] if field[0] != b"content-length"]
        await self._send({**start, "headers": kept + _fields(self._coding, len(body))})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


async def compressed_page(reply: Reply, accepted: bytes) -> Reply:
    """A document for everybody, as a client takes it; its entity tag is a weak one, enough to ask for changes."""
    headers = [(name, b"W/" + value if name == b"etag" else value) for name, value in reply.headers]
    coding = coding_for(accepted, SMALLEST_FIRST)
    if reply.status != 200 or coding is None or len(reply.body) < LEAST_BYTES:
        return Reply(reply.status, [*headers, _VARY], reply.body)
    body = await asyncio.to_thread(_page, reply.body, coding)
    return Reply(200, [*headers, _VARY, (b"content-encoding", coding.name)], body)


@lru_cache(maxsize=32)
def _page(body: bytes, coding: Coding) -> bytes:
    return coding.small(body)


def _fields(coding: Coding, length: int) -> Headers:
    return [(b"content-encoding", coding.name), _VARY, (b"content-length", b"%d" % length)]


def _pays(start: Message) -> bool:
    if start["status"] != 200:
        return False
    headers: dict[bytes, bytes] = dict(start.get("headers", ()))
    length = headers.get(b"content-length", b"0")
    return (
        length.isdigit()
        and LEAST_BYTES <= int(length) <= MOST_BYTES
        and _PAYS.match(headers.get(b"content-type", b"")) is not None
        and not _AS_IT_IS & headers.keys()
        and b"no-store" not in headers.get(b"cache-control", b"")
    )


async def _compressed(body: bytes, coding: Coding) -> bytes:
    if len(body) <= _IN_PLACE_BYTES:
        return coding.quick(body)
    return await asyncio.to_thread(coding.quick, body)
