"""What the gateway lets in: sizes, paths, headers, and whose address counts."""

from collections.abc import AsyncIterator

import httpx
import pytest

from taskyard.gateway.admission import client_address, network_of
from taskyard.gateway.app import Gateway
from taskyard.kit.asgi import Message
from taskyard.kit.redis import Redis
from taskyard.kit.whole_request import MAX_BODY_BYTES
from tests.gateway.fakes import build_gateway, client_of, trusting


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tasks//1",
        "/api/v1/tasks/%2e%2e/me",
        "/api/v1/tasks/..%2fme",
        "/api/v1/tasks;a=1",
        "/api/v1/tasks/%5c",
        "/api/v1/tasks/%00",
        "/api/v1/tasks/%3bx",
        "/api/v1/tasks/%zz",
        "//api/v1/tasks",
    ],
)
async def test_ambiguous_path_is_refused(gateway: Gateway, path: str) -> None:
    status, _ = await _raw(gateway, raw_path=path.encode())
    assert status == 400


@pytest.mark.parametrize("path", [b"/api/v1/tasks/../me", b"/api/v1/./tasks", b"/api/v1/tasks/.."])
async def test_dot_segments_are_refused(gateway: Gateway, path: bytes) -> None:
    status, _ = await _raw(gateway, raw_path=path)
    assert status == 400


async def test_emoji_in_path_passes(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/comments/1/reactions/%F0%9F%91%8D")
    assert answer.status_code == 200


async def test_large_headers_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/tasks", headers={"X-Large": "a" * 17_000})
    assert answer.status_code == 431
    assert answer.json()["code"] == "headers_too_large"


async def test_large_body_is_refused_by_its_length(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/tasks", content=b"a" * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413


async def test_large_chunked_body_is_refused(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 100_000 + 2):
            yield b"a" * 100_000

    answer = await client.post("/api/v1/tasks", content=chunks())
    assert answer.status_code == 413
    assert answer.json()["code"] == "payload_too_large"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_file_may_be_longer_than_other_bodies(client: httpx.AsyncClient, *, chunked: bool) -> None:
    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"a" * 1_000_000

    def content(count: int) -> AsyncIterator[bytes] | bytes:
        return chunks(count) if chunked else b"a" * 1_000_000 * count

    path = "/api/v1/tasks/OPS-1/attachments"
    assert (await client.post(path, content=content(3))).status_code == 200
    assert (await client.post(path, content=content(27))).status_code == 413
    for elsewhere in (f"{path}/1", "/api/v1/tasks/a/b/attachments", "/api/v1/auth/attachments"):
        assert (await client.post(elsewhere, content=content(3))).status_code == 413
    assert (await client.put(path, content=content(3))).status_code == 413


async def test_only_chunked_is_a_known_coding(gateway: Gateway) -> None:
    assert (await _raw(gateway, headers=[(b"transfer-encoding", b"gzip, chunked")]))[0] == 400


@pytest.mark.parametrize("length", [b"ten", b"-1", b"1, 1"])
async def test_unreadable_length_is_refused(gateway: Gateway, length: bytes) -> None:
    status, _ = await _raw(gateway, headers=[(b"content-length", length)])
    assert status == 400


async def test_missing_host_is_refused(gateway: Gateway) -> None:
    assert (await _raw(gateway, http_version="1.1"))[0] == 400
    assert (await _raw(gateway, http_version="1.1", headers=[(b"host", b"tasks.example")]))[0] == 200


async def test_two_framings_are_refused(gateway: Gateway) -> None:
    both = [(b"content-length", b"3"), (b"transfer-encoding", b"chunked")]
    assert (await _raw(gateway, headers=both))[0] == 400


@pytest.mark.parametrize("name", [b"authorization", b"content-length", b"host"])
async def test_repeated_single_header_is_refused(gateway: Gateway, name: bytes) -> None:
    status, _ = await _raw(gateway, headers=[(name, b"1"), (name, b"1")])
    assert status == 400


async def test_trace_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.request("TRACE", "/api/v1/tasks")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_claims_of_identity_do_not_reach_a_service(client: httpx.AsyncClient) -> None:
    claims = {"X-User-Id": "root", "X-Forwarded-For": "1.2.3.4", "Taskyard-Client": "x", "Forwarded": "for=1.2.3.4"}
    seen = (await client.get("/api/v1/tasks", headers=claims)).json()
    assert not {name.lower() for name in claims} & set(seen["headers"])
    assert seen["address"] == "203.0.113.7"
    assert seen["principal"] is None


async def test_trusted_proxy_names_the_client(redis: Redis) -> None:
    gateway = build_gateway(redis, settings=trusting("10.0.0.0/8"))
    async with client_of(gateway, "10.0.0.1") as client:
        seen = (
            await client.get("/api/v1/tasks", headers={"X-Forwarded-For": "6.6.6.6, 198.51.100.9, 10.0.0.2"})
        ).json()
    assert seen["address"] == "198.51.100.9"


@pytest.mark.parametrize(
    ("peer", "named", "expected"),
    [
        ("192.0.2.1", "1.1.1.1", "192.0.2.1"),
        ("10.0.0.1", "garbage", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, garbage, 10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_client_address_is_the_nearest_stranger(peer: str, named: str, expected: str) -> None:
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", named.encode())]}
    assert client_address(scope, trusting("10.0.0.0/8").trusted_proxies) == expected


def test_a_limit_covers_a_customer_network() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2") == "2001:db8::/64"
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("") == "unknown"


async def _raw(
    gateway: Gateway,
    *,
    raw_path: bytes = b"/api/v1/tasks",
    headers: list[tuple[bytes, bytes]] | None = None,
    http_version: str = "1.0",
) -> tuple[int, bytes]:
    """A request that a well-behaved client would not send."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/api/v1/tasks", "raw_path": raw_path, "query_string": b""}
    scope["http_version"] = http_version
    await gateway({**scope, "headers": headers or [], "client": ("192.0.2.9", 1)}, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)
