"""WebSockets at the door: the same checks as for a request, in a WebSocket's words."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from taskyard.gateway.app import Gateway
from taskyard.gateway.policies import POLICIES, Policy
from taskyard.gateway.proxy import HttpProxy
from taskyard.kit import logs, sockets
from taskyard.kit.asgi import App, Receive, Scope, Send
from taskyard.kit.forwarding import ClientSigner
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.redis import Redis
from tests.gateway.fakes import PUBLIC_URL, build_gateway
from tests.gateway.servers import free_port, serving, upstream_at


async def parrot(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who called, repeats what it hears, and closes with 4403 at the word "leave"."""
    await receive()
    await send({"type": "websocket.accept"})
    principal = scope.get(PRINCIPAL)
    headers = dict(scope["headers"])
    seen = {"id": principal.id if principal else None, "bearer": headers.get(b"authorization", b"").decode()}
    seen["claimed"] = headers.get(b"x-user-id", b"").decode()
    await send({"type": "websocket.send", "text": json.dumps(seen)})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "leave":
            await send({"type": "websocket.close", "code": 4403, "reason": "access_lost"})
        else:
            await send({"type": "websocket.send", "text": message.get("text")})


LONG = {"X-Long": "a" * 8_000, "X-Longer": "a" * 8_000, "X-More": "a" * 500}


@asynccontextmanager
async def gateway_at(gateway: Gateway) -> AsyncIterator[str]:
    """Where a gateway listens."""
    port = free_port()
    async with serving(gateway, port, sockets=True):
        yield f"ws://127.0.0.1:{port}/api/v1/ws"


@asynccontextmanager
async def behind(redis: Redis, shape: str, app: App = parrot, **options: Any) -> AsyncIterator[str]:
    """A gateway whose notification service is in this process, or behind a proxy."""
    if shape == "one":
        async with gateway_at(build_gateway(redis, upstreams={"notification": app}, **options)) as url:
            yield url
        return
    port = free_port()
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = ClientSigner(OKPKey.import_key(private))
    proxy = HttpProxy(upstream_at("notification", port), signer=signer)
    try:
        gateway = build_gateway(redis, upstreams={"notification": proxy}, **options)
        async with serving(app, port, sockets=True), gateway_at(gateway) as url:
            yield url
    finally:
        await proxy.close()


def as_alice(url: str, **headers: str) -> connect:
    return connect(url, additional_headers={"Authorization": "Bearer alice", **headers})


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """How the other side closes it."""
    with suppress(ConnectionClosed):
        while True:
            await asyncio.wait_for(socket.recv(), 5)
    return socket.close_code or 0, socket.close_reason or ""


@pytest.mark.parametrize("shape", ["one", "split"])
async def test_messages_and_the_end_pass_both_ways(redis: Redis, shape: str) -> None:
    async with behind(redis, shape) as url, as_alice(url, **{"X-User-Id": "root"}) as socket:
        seen = json.loads(await socket.recv())
        assert seen["id"] == ("alice" if shape == "one" else None)
        assert (seen["bearer"], seen["claimed"]) == ("Bearer alice", "")
        await socket.send("x" * 50_000)
        assert await socket.recv() == "x" * 50_000
        await socket.send("leave")
        assert await closing(socket) == (4403, "access_lost")


@pytest.mark.parametrize("shape", ["one", "split"])
async def test_the_client_may_leave(redis: Redis, shape: str) -> None:
    left = asyncio.Event()

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        await parrot(scope, receive, send)
        left.set()

    async with behind(redis, shape, noting) as url:
        async with as_alice(url) as socket:
            await socket.recv()
        await asyncio.wait_for(left.wait(), 5)


async def test_a_page_names_its_credential_by_subprotocol_or_first_message(redis: Redis) -> None:
    offered = [Subprotocol("taskyard.v1"), Subprotocol("bearer.bob")]
    async with behind(redis, "split") as url:
        async with connect(url, subprotocols=offered, origin=Origin(PUBLIC_URL)) as socket:
            assert json.loads(await socket.recv())["bearer"] == "Bearer bob"
            assert socket.subprotocol == "taskyard.v1"
        async with connect(url, origin=Origin(PUBLIC_URL)) as socket:
            await socket.send('{"type": "authenticate", "token": "bob"}')
            assert json.loads(await socket.recv())["bearer"] == "Bearer bob"


@pytest.mark.parametrize(
    ("headers", "path", "status", "code"),
    [
        ({"Authorization": "Bearer mallory"}, "", 401, "invalid_token"),
        ({"Authorization": "Bearer alice", "Origin": "https://evil.example"}, "", 403, "foreign_origin"),
        ({"Authorization": "Bearer alice", "Origin": "null"}, "", 403, "foreign_origin"),
        ({"Authorization": "Bearer alice"}, "/../ws", 400, "malformed_request"),
        ({"Authorization": "Bearer alice"}, "/else", 404, "not_found"),
        ({"Authorization": "Bearer alice", **LONG}, "", 431, "headers_too_large"),
    ],
)
async def test_a_handshake_is_refused(redis: Redis, headers: dict[str, str], path: str, status: int, code: str) -> None:
    async with behind(redis, "one") as url:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url + path, additional_headers=headers):
                pass
    response = refused.value.response
    assert (response.status_code, json.loads(response.body)["code"]) == (status, code)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_opening_counts_against_the_limit(redis: Redis) -> None:
    policies = {**POLICIES, "read": Policy("read", 2, 60)}
    async with behind(redis, "one", policies=policies) as url:
        for _ in range(2):
            async with as_alice(url) as socket:
                assert socket.response is not None
                assert socket.response.headers["RateLimit-Policy"]
        with pytest.raises(InvalidStatus) as refused:
            async with as_alice(url):
                pass
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "said", ['{"type": "authenticate", "token": "mallory"}', '{"type": "subscribe"}', "hello", b"\x00"]
)
async def test_a_first_message_without_a_credential_closes(redis: Redis, said: str | bytes) -> None:
    async with behind(redis, "one") as url, connect(url) as socket:
        await socket.send(said)
        code, _ = await closing(socket)
    assert code == 4401


async def test_a_silent_stranger_is_sent_away(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FIRST_MESSAGE_SECONDS", 0.1)
    async with behind(redis, "one") as url, connect(url) as socket:
        assert await closing(socket) == (4408, "request_timeout")


async def test_strangers_are_few(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_STRANGERS", 1)
    async with behind(redis, "one") as url, connect(url):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url):
                pass
        assert refused.value.response.status_code == 503
        async with as_alice(url) as known:
            await known.recv()


async def test_an_absent_service_is_unavailable_and_a_dying_one_restarts(redis: Redis) -> None:
    async def dying(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    async with behind(redis, "split", dying) as url, as_alice(url) as socket:
        assert (await closing(socket))[0] == 1012
    proxy = HttpProxy(upstream_at("notification", free_port()), signer=_Unsigned())
    async with gateway_at(build_gateway(redis, upstreams={"notification": proxy})) as url:
        with pytest.raises(InvalidStatus) as refused:
            async with as_alice(url):
                pass
        assert refused.value.response.status_code == 503
    await proxy.close()


class _Unsigned(ClientSigner):
    """Signs nothing."""

    def __init__(self) -> None:
        pass

    def sign(self, audience: str, address: str) -> str:
        return f"{audience} {address}"


async def test_a_bug_closes_with_internal_error(redis: Redis) -> None:
    async def broken(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        raise RuntimeError("SELECT password FROM people")

    async with behind(redis, "one", broken) as url, as_alice(url) as socket:
        assert await closing(socket) == (1011, "internal_error")


async def test_a_socket_has_its_line_and_counts_as_one_request(redis: Redis, log_file: Path) -> None:
    async with behind(redis, "one") as url, as_alice(url + "?token=hush") as socket:
        await socket.send("leave")
        await closing(socket)
    logs.close()
    text = log_file.read_text()
    lines = [line for line in map(json.loads, text.splitlines()) if line["event"] == "websocket"]
    assert [(line["status"], line["close_code"], line["principal_id"]) for line in lines] == [(101, 4403, "alice")]
    assert "hush" not in "".join(line for line in text.splitlines() if '"websocket"' in line)
