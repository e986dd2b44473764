"""A connection's bounds: how long a head may be and take, and what is no head."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from taskyard.composition import connections
from taskyard.composition.connections import LONGEST_HEAD, BoundedConnection


async def test_slow_head_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    async with _echo() as port:
        assert (await _send(port, b"GET / HTTP/1.1\r\nHost:")).startswith(b"HTTP/1.1 408 ")


async def test_silent_client_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    async with _echo() as port:
        assert await _send(port, b"") == b""


async def test_slow_second_head_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    async with _echo() as port:
        answer = await _send(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET ")
    assert (answer.count(b"HTTP/1.1 200 "), answer.count(b"HTTP/1.1 408 ")) == (1, 1)


async def test_long_head_is_refused() -> None:
    async with _echo() as port:
        answer = await _send(port, b"GET / HTTP/1.1\r\nX: ", b"y" * LONGEST_HEAD, b"y")
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_long_body_is_no_long_head() -> None:
    size = 4 * LONGEST_HEAD
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size
    async with _echo() as port:
        assert (await _send(port, head, b"y" * size)).startswith(b"HTTP/1.1 200 ")


async def test_trailer_is_no_header() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with _echo() as port:
        answer = await _send(port, head + b"1\r\nx\r\n0\r\nX-Late: 1\r\n\r\n")
    assert answer.endswith(b"host,connection,transfer-encoding")


async def _send(port: int, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.05)
    received = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return received


async def _names(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    body = b",".join(name for name, _ in scope["headers"])
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    """A server that answers with the names of the headers it was sent."""
    config = uvicorn.Config(_names, http=BoundedConnection, ws="none", lifespan="off", log_config=None)
    config.load()
    state = uvicorn.server.ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedConnection(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in state.tasks:
        task.cancel()
