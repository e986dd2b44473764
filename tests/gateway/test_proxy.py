"""A service behind the proxy answers as if it were in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

from taskyard.gateway import proxy as proxy_module
from taskyard.gateway.proxy import HttpProxy
from taskyard.kit.asgi import App, Message, Receive, Reply, Scope, Send, ask, send_reply
from taskyard.kit.forwarding import ClientSigner, ClientVerifier
from taskyard.kit.ids import new_id
from taskyard.kit.principal import LOOKED_UP, PRINCIPAL, Principal
from taskyard.kit.problems import InvalidToken
from taskyard.kit.redis import Redis
from taskyard.kit.tokens import AssertionSigner, KeySet, TokenVerifier
from taskyard.kit.whole_request import MAX_BODY_BYTES
from tests.gateway.fakes import answering, build_gateway, client_of, echo
from tests.gateway.servers import free_port, serving, upstream_at


def _key() -> OKPKey:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OKPKey.import_key(pem)


@asynccontextmanager
async def _behind(
    redis: Redis, app: App | None, *, seconds: float = 5.0, name: str = "task"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway whose task service, or another, is ``app`` in a server of its own, or nowhere."""
    port = free_port()
    proxy = HttpProxy(upstream_at(name, port), signer=ClientSigner(_key()), answer_seconds=seconds)
    try:
        async with serving(app, port), client_of(build_gateway(redis, upstreams={name: proxy})) as client:
            yield client
    finally:
        await proxy.close()


async def test_request_and_answer_pass_unchanged(redis: Redis) -> None:
    async with _behind(redis, echo) as client:
        answer = await client.post(
            "/api/v1/tasks/a%20b?x=%2F&y=1",
            json={"title": "ä"},
            headers={"Authorization": "Bearer alice", "X-User-Id": "root", "Idempotency-Key": "k"},
        )
    seen = answer.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/api/v1/tasks/a b", "x=%2F&y=1")
    assert seen["body"] == '{"title":"ä"}'
    assert seen["headers"]["authorization"] == "Bearer alice"
    assert seen["headers"]["idempotency-key"] == "k"
    assert "x-user-id" not in seen["headers"]
    assert seen["headers"]["x-request-id"] == answer.headers["x-request-id"]
    assert answer.headers["etag"] == '"1"'
    assert "server" not in answer.headers


async def test_the_service_is_told_how_long_somebody_waits(redis: Redis) -> None:
    async with _behind(redis, echo) as client:
        seen = (await client.get("/api/v1/tasks", headers={"Taskyard-Deadline": "99000"})).json()
    assert 0 < int(seen["headers"]["taskyard-deadline"]) < 5000


async def test_a_short_body_is_taken_in_before_the_service_is_asked(redis: Redis) -> None:
    asked = asyncio.Event()

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await echo(scope, receive, send)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(0.1)
        assert not asked.is_set()
        yield b"}"

    async with _behind(redis, service) as client:
        answer = await client.post("/api/v1/tasks", content=slowly(), headers={"Content-Length": "2"})
    assert answer.json()["body"] == "{}"


async def test_documentation_and_health_come_through_the_proxy(redis: Redis) -> None:
    documents = {"/health": {"status": "ok"}, "/openapi.json": {"paths": {"/api/v1/tasks": {}}}}
    async with _behind(redis, answering(documents)) as client:
        health = (await client.get("/health")).json()
        paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    assert health["services"] == {"task": {"status": "ok"}}
    assert set(paths) == {"/api/v1/tasks"}


async def test_chunked_body_passes_and_is_bounded(redis: Redis) -> None:
    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"a" * 100_000

    async with _behind(redis, echo) as client:
        passed = await client.post("/api/v1/tasks", content=chunks(3))
        refused = await client.post("/api/v1/tasks", content=chunks(MAX_BODY_BYTES // 100_000 + 2))
    assert len(passed.json()["body"]) == 300_000
    assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")


async def test_absent_service_is_unavailable(redis: Redis) -> None:
    async with _behind(redis, None) as client:
        answer = await client.get("/api/v1/tasks")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_slow_service_exceeds_the_deadline(redis: Redis) -> None:
    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(2)

    async with _behind(redis, slow, seconds=0.2) as client:
        answer = await client.get("/api/v1/tasks")
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


@pytest.mark.parametrize(("method", "code"), [("GET", "unavailable"), ("POST", "outcome_unknown")])
async def test_service_that_hangs_up_leaves_writes_in_doubt(redis: Redis, method: str, code: str) -> None:
    async with _behind(redis, None) as client:
        transport = client._transport
        assert isinstance(transport, httpx.ASGITransport)
        proxy: HttpProxy = transport.app._upstreams["task"]  # type: ignore[attr-defined] # our gateway
        port = int(proxy.upstream.addresses[0].url.rpartition(":")[2])
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
        answer = await client.request(method, "/api/v1/tasks")
        server.close()
    assert (answer.status_code, answer.json()["code"]) == (503, code)


async def test_redirects_are_passed_on_and_not_followed(redis: Redis) -> None:
    async def elsewhere(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_reply(send, Reply(303, [(b"location", b"http://127.0.0.1:1/"), (b"content-encoding", b"gzip")], b""))

    async with _behind(redis, elsewhere) as client:
        answer = await client.get("/api/v1/tasks")
    assert answer.status_code == 303
    assert answer.headers["content-encoding"] == "gzip"


async def test_stream_is_not_held_back_and_ends_with_its_client(redis: Redis) -> None:
    ended = asyncio.Event()

    async def stream(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.set()

    heard: asyncio.Queue[Message] = asyncio.Queue()
    leaving = asyncio.Event()
    async with _behind(redis, stream) as client:
        transport = client._transport
        assert isinstance(transport, httpx.ASGITransport)
        listening = asyncio.ensure_future(_listen(transport.app, heard, leaving))
        messages = [await asyncio.wait_for(heard.get(), 3) for _ in range(2)]
        leaving.set()
        await asyncio.wait_for(ended.wait(), 3)
        await asyncio.wait_for(listening, 3)
    assert messages[1]["body"] == b"data: 1\n\n"


async def test_streams_take_no_connection_from_requests(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_module, "_CONNECTIONS", 1)

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/api/v1/events/stream":
            await echo(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b": open", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async with _behind(redis, service, name="notification") as client:
        transport = client._transport
        assert isinstance(transport, httpx.ASGITransport)
        heard: asyncio.Queue[Message] = asyncio.Queue()
        leaving = asyncio.Event()
        path = "/api/v1/events/stream"
        streams = [asyncio.ensure_future(_listen(transport.app, heard, leaving, path)) for _ in range(3)]
        for _ in range(6):
            await asyncio.wait_for(heard.get(), 3)
        answers = [await client.get("/api/v1/events") for _ in range(2)]
        leaving.set()
        await asyncio.gather(*streams)
    assert [answer.status_code for answer in answers] == [200, 200]


def test_only_the_gateway_can_name_a_client() -> None:
    key, keys = _key(), KeySet()
    keys.services = {"gateway": key}
    signer = ClientSigner(key)
    assert ClientVerifier(service="task", keys=keys).address(signer.sign("task", "192.0.2.1")) == "192.0.2.1"
    assert signer.sign("task", "192.0.2.1") == signer.sign("task", "192.0.2.1")
    for forged in (signer.sign("auth", "192.0.2.1"), ClientSigner(_key()).sign("task", "192.0.2.1"), "a.b.c", ""):
        with pytest.raises(InvalidToken):
            ClientVerifier(service="task", keys=keys).address(forged)


async def _listen(app: App, heard: asyncio.Queue[Message], leaving: asyncio.Event, path: str = "/api/v1/tasks") -> None:
    """A client of a stream that leaves when told to."""
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await leaving.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    await app({**scope, "query_string": b"", "headers": [], "client": ("192.0.2.9", 1)}, receive, heard.put)


async def test_the_gateway_vouches_where_only_it_can_read_the_credential() -> None:
    key, port, caller = _key(), free_port(), Principal(id=new_id(), credential_id=new_id(), scopes=frozenset())
    assertions = AssertionSigner(service="gateway", key=key)
    proxy = HttpProxy(upstream_at("task", port), signer=ClientSigner(key), assertions=assertions)
    state = [(PRINCIPAL, caller), (LOOKED_UP, True)]
    secrets = [(b"x-api-key", b"tyk_secret"), (b"authorization", b"Bearer tyk_secret")]
    async with serving(echo, port):
        seen = msgspec.json.decode((await ask(proxy, "/api/v1/tasks", state, headers=secrets)).body)["headers"]
    await proxy.close()
    keys = KeySet()
    keys.replace(access={}, services={"gateway": key})
    verifier = TokenVerifier(issuer="", service="task", keys=keys)
    assert verifier.verify(seen["authorization"].removeprefix("Bearer ")) == caller
    assert "x-api-key" not in seen
