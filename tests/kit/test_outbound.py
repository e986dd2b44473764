"""Requests to addresses that strangers chose stay out of private networks, and nothing they meet holds them up."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from taskyard.kit import outbound
from taskyard.kit.outbound import Boundary, Outbound, Unreachable

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
PRIVATE = [
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"),
    *("255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
]
PUBLIC = ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@asynccontextmanager
async def serving(answer: bytes, *, then: Callable[[asyncio.StreamWriter], Any] | None = None) -> AsyncIterator[str]:
    """A server that reads a request, answers with these bytes, and then does something or closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            if then is not None:
                await then(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def hang(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def pour(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"X-More: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.fixture
async def client() -> AsyncIterator[Outbound]:
    client = Outbound(Boundary([LOOPBACK]))
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.5)
    monkeypatch.setattr(outbound, "BODY_SECONDS", 0.3)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_beyond_the_boundary(address: str) -> None:
    assert not Boundary().is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_within_by_https_only(address: str) -> None:
    assert Boundary().is_allowed(address)
    assert not Boundary().is_allowed(address, "http")


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/", "https://[::1]:1/", "https://2130706433/", "https://127.1/"])
async def test_an_address_written_as_a_number_is_refused(url: str) -> None:
    strict = Outbound(Boundary())
    with pytest.raises(Unreachable, match="refused"):
        await strict.post(url, b"", {})
    await strict.close()


async def test_a_name_that_means_a_private_address_is_refused() -> None:
    strict = Outbound(Boundary())
    with pytest.raises(Unreachable, match="refused"):
        await strict.post("https://localhost:1/", b"", {})
    await strict.close()


async def test_a_name_that_means_another_address_a_moment_later_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up says it is public, the socket is to be made for a private one."""
    boundary = Boundary()
    answers = iter([True, False])
    monkeypatch.setattr(boundary, "is_allowed", lambda *_args, **_kwargs: next(answers))
    strict = Outbound(boundary)
    with pytest.raises(Unreachable, match="refused"):
        await strict.post("https://localhost:1/", b"", {})
    await strict.close()


async def test_an_answer_comes_with_its_beginning(client: Outbound) -> None:
    answer = b"HTTP/1.1 202 Accepted\r\nRetry-After: 7\r\nContent-Length: 2000\r\n\r\n" + b"a" * 2000
    async with serving(answer) as url:
        got = await client.post(url, b"{}", {}, keep=10)
    assert (got.status, got.headers["retry-after"], got.beginning) == (202, "7", b"a" * 10)


async def test_what_is_only_asked_for_has_the_same_limits(client: Outbound) -> None:
    async with serving(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 2000\r\n\r\n" + b"a" * 2000) as url:
        got = await client.get(url, {}, keep=10)
    assert (got.status, got.beginning) == (302, b"a" * 10)
    strict = Outbound(Boundary())
    with pytest.raises(Unreachable, match="refused"):
        await strict.get("https://127.0.0.1:1/", {})
    await strict.close()


async def test_a_redirect_is_an_answer_and_not_followed(client: Outbound) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as other:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {other}\r\nContent-Length: 0\r\n\r\n"
        async with serving(moved.encode()) as url:
            assert (await client.post(url, b"", {})).status == 307


async def test_an_endless_body_is_left_alone_after_its_beginning(client: Outbound) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", then=pour) as url:
        assert (await client.post(url, b"", {})).beginning == b"x" * 1024


async def test_a_body_that_does_not_come_is_not_waited_for(client: Outbound) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", then=hang) as url:
        answer = await client.post(url, b"", {})
    assert (answer.status, answer.beginning) == (200, b"abc")


async def test_what_is_packed_stays_packed(client: Outbound) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc") as url:
        assert (await client.post(url, b"", {})).beginning == b"abc"


@pytest.mark.parametrize(
    ("answer", "then", "reason"),
    [
        (b"", hang, "in time"),
        (b"HTTP/1.1 200 OK\r\n", drip, "in time|broke"),
        (b"", None, "broke"),
        (b"nonsense\r\n\r\n", None, "broke"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", None, "broke"),
    ],
)
async def test_no_answer_is_said_to_be_none(client: Outbound, answer: bytes, then: Any, reason: str) -> None:
    async with serving(answer, then=then) as url:
        with pytest.raises(Unreachable, match=reason):
            await client.post(url, b"", {})


async def test_why_nothing_was_reached_is_told_without_addresses(client: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url, reason in (
        (f"http://127.0.0.1:{port}/", "no connection"),
        ("https://nobody.invalid/", "the name is unknown"),
        ("http://", "the address is refused"),
    ):
        with pytest.raises(Unreachable) as caught:
            await client.post(url, b"", {})
        assert str(caught.value) == reason


async def test_a_certificate_that_nobody_trusts_is_refused(client: Outbound) -> None:
    async with serving(b"not TLS at all") as url:
        with pytest.raises(Unreachable):
            await client.post(url.replace("http:", "https:"), b"", {})
