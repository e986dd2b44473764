"""ASGI by hand, for what stands in front of the applications: types, plain answers, and asking one in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

import msgspec

from taskyard.kit.problems import PROBLEM_MEDIA_TYPE, Problem

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]


class Reply(msgspec.Struct, frozen=True):
    """A whole answer in memory."""

    status: int
    headers: Headers
    body: bytes


def problem_reply(problem: Problem, trace_id: str) -> Reply:
    """A refusal as a whole answer, which nobody keeps."""
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()]
    headers += [(b"content-type", PROBLEM_MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
    return Reply(problem.status, headers, msgspec.json.encode(problem.document(trace_id)))


async def send_reply(send: Send, reply: Reply, *, kind: str = "http.response") -> None:
    """Send a whole answer, with its length; ``kind`` is how its messages are called."""
    headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
    await send({"type": f"{kind}.start", "status": reply.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": reply.body, "more_body": False})


async def ask(  # noqa: PLR0913 - the parts of a request, by keyword
    app: App,
    path: str,
    state: Iterable[tuple[str, object]] = (),
    *,
    method: str = "GET",
    headers: Iterable[tuple[bytes, bytes]] = (),
    content: bytes = b"",
) -> Reply:
    """Ask an application in memory; ``state`` are further scope entries."""
    status, answered, parts = 500, list[tuple[bytes, bytes]](), list[bytes]()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # a caller in memory stays until it is answered
        asked = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, answered
        if message["type"] == "http.response.start":
            status, answered = message["status"], list(message.get("headers", ()))
        else:
            parts.append(message.get("body", b""))

    scope = _scope(method, path)
    scope["headers"] += headers
    await app(scope | dict(state), receive, send)
    return Reply(status, answered, b"".join(parts))


def _scope(method: str, path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"taskyard.internal"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
