"""A connection's bounds: how long a head may be and take, and what is no head."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn

from taskyard.composition import connections
from taskyard.composition.connections import LONGEST_HEAD, BoundedConnection
from taskyard.kit.problems import RequestTimeout


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


async def test_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.1)
    async with _echo() as port:
        answer = await _send(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", b"12345678")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_client_may_stay_after_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.1)
    post = b"POST /slow HTTP/1.1\r\nHost: a\r\n%sContent-Length: 1\r\n\r\n"
    async with _echo() as port:
        answer = await _send(port, post % b"", b"1", post % b"Connection: close\r\n" + b"1")
    assert answer.count(b"HTTP/1.1 200 ") == 2


async def test_body_after_an_early_answer_is_not_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.5)  # longer than the parts take, or the end would be a reset
    async with _echo() as port:
        answer = await _send(port, b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", b"1", b"2")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_pipelined_body_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.1)
    first = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
    second = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\n"
    async with _echo() as port:
        answer = await _send(port, first + second, b"1")
    assert answer.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize("field", [(b"x-split", b"a\r\nX-Forged: 1"), (b"x split", b"a"), (b"x:", b"a")])
async def test_forged_field_never_leaves(field: tuple[bytes, bytes]) -> None:
    async with _server(partial(_answer_with, [field, (b"content-length", b"0")])) as port:
        assert await _send(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ([(b"content-length", b"2"), (b"X-Mixed", b"1")], b"\r\n\r\nhi"),
        ([(b"content-length", b"2"), (b"connection", b"close")], b"\r\n\r\nhi"),
        ([], b"\r\n2\r\nhi\r\n0\r\n\r\n"),
    ],
)
async def test_every_framing_is_served(fields: list[tuple[bytes, bytes]], end: bytes) -> None:
    async with _server(partial(_answer_with, fields)) as port:
        answer = await _send(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"connection: close") == 1
    assert answer.endswith(end)


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


async def _answer_with(fields: list[tuple[bytes, bytes]], _scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"hi" if not fields or fields[0][1] == b"2" else b""})


async def _names(scope: Any, receive: Any, send: Any) -> None:
    status = 200
    try:
        while scope["path"] != "/early" and (await receive()).get("more_body"):
            pass
    except RequestTimeout:
        status = 408
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    body = b",".join(name for name, _ in scope["headers"])
    headers = [(b"content-length", b"%d" % len(body))]
    if status == 408:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _echo() -> AbstractAsyncContextManager[int]:
    """A server that answers with the names of the headers it was sent."""
    return _server(_names)


@asynccontextmanager
async def _server(app: Any) -> AsyncIterator[int]:
    config = uvicorn.Config(app, interface="asgi3", http=BoundedConnection, ws="none", lifespan="off", log_config=None)
    config.load()
    state = uvicorn.server.ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedConnection(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in state.tasks:
        task.cancel()
