"""Compressed answers: only where that pays, never where a length could tell a secret, and always the same content."""

import gzip
from typing import Any

import httpx
import pytest

from taskyard.gateway.codings import coding_for
from taskyard.gateway.compression import LEAST_BYTES, MOST_BYTES
from taskyard.gateway.openapi import OPENAPI_PATH
from taskyard.kit.asgi import App, Headers, Receive, Reply, Scope, Send, send_reply
from taskyard.kit.redis import Redis
from tests.gateway.fakes import build_gateway, client_of, settings_with

JSON = [(b"content-type", b"application/json")]
LONG = b'{"items":[' + b'{"title":"Put the fire out"},' * 5000 + b"{}]}"
SHORT = LONG[:LEAST_BYTES]
ALICE = {"Authorization": "Bearer alice", "Accept-Encoding": "gzip"}


def answering(headers: Headers, body: bytes = LONG, status: int = 200, parts: int = 1) -> App:
    """An upstream with one answer, in one piece or as a proxy passes it on."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if parts == 1:
            await send_reply(send, Reply(status, headers, body))
            return
        length = [] if parts == 0 else [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
        for start in range(0, len(body), 10_000):
            await send({"type": "http.response.body", "body": body[start : start + 10_000], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app


async def ask(
    redis: Redis, app: App, path: str = "/api/v1/tasks", method: str = "GET", **changes: Any
) -> httpx.Response:
    """An answer as it came over the wire; httpx has undone its coding."""
    settings = settings_with(**{"compression": "on"} | changes.pop("settings", {}))
    gateway = build_gateway(redis, upstreams={"task": app, "auth": app}, settings=settings)
    async with client_of(gateway) as client:
        return await client.request(method, path, headers={**ALICE, **changes})


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("body", [LONG, LONG[:5000]], ids=["long", "middle"])
async def test_a_long_answer_is_compressed(redis: Redis, parts: int, body: bytes, coding: str) -> None:
    answer = await ask(redis, answering(JSON, body, parts=parts), **{"Accept-Encoding": coding})
    assert answer.headers["content-encoding"] == coding
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert int(answer.headers["content-length"]) < len(body) / 5
    assert answer.content == body
    assert answer.headers["taskyard-position"] == "7:42"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON, SHORT[:-1], 200),
        (JSON, b"x" * (MOST_BYTES + 1), 200),
        (JSON, LONG, 404),
        ([], LONG, 200),
        ([(b"content-type", b"image/png")], LONG, 200),
        ([(b"content-type", b"application/octet-stream")], LONG, 200),
        ([*JSON, (b"etag", b'"7"')], LONG, 200),
        ([*JSON, (b"content-disposition", b"attachment")], LONG, 200),
        ([*JSON, (b"cache-control", b"no-store")], LONG, 200),
    ],
)
async def test_what_is_left_as_it_is(redis: Redis, headers: Headers, body: bytes, status: int) -> None:
    answer = await ask(redis, answering(headers, body, status))
    assert "content-encoding" not in answer.headers
    assert (answer.status_code, answer.content) == (status, body)


async def test_what_is_compressed_already_is_not_compressed_again(redis: Redis) -> None:
    once = gzip.compress(LONG * 200)
    answer = await ask(redis, answering([*JSON, (b"content-encoding", b"gzip")], once))
    assert answer.headers.get_list("content-encoding") == ["gzip"]
    assert answer.content == LONG * 200


async def test_a_stream_goes_on_as_it_comes(redis: Redis) -> None:
    answer = await ask(redis, answering([(b"content-type", b"text/event-stream")], parts=0))
    assert "content-encoding" not in answer.headers
    assert answer.content == LONG


@pytest.mark.parametrize(
    ("method", "path", "changes"),
    [
        ("POST", "/api/v1/tasks", {}),
        ("GET", "/api/v1/auth/devices", {}),
        ("GET", "/api/v1/api-keys", {}),
        ("GET", "/oauth/userinfo", {}),
        ("GET", "/api/v1/tasks", {"Cookie": "session=1"}),
        ("GET", "/api/v1/tasks", {"Accept-Encoding": "identity"}),
        ("GET", "/api/v1/tasks", {"settings": {"compression": "off"}}),
        ("GET", "/api/v1/tasks", {"settings": {"compression": "auto", "public_url": "http://localhost:3000"}}),
    ],
)
async def test_who_gets_it_as_it_is(redis: Redis, method: str, path: str, changes: dict[str, Any]) -> None:
    answer = await ask(redis, answering(JSON), path, method, **changes)
    assert "content-encoding" not in answer.headers
    assert answer.content == LONG


async def test_a_stranger_gets_it_as_it_is(redis: Redis) -> None:
    settings = settings_with(compression="on")
    async with client_of(build_gateway(redis, upstreams={"task": answering(JSON)}, settings=settings)) as client:
        answer = await client.get("/api/v1/tasks", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


async def test_head_tells_of_no_coding_and_has_no_body(redis: Redis) -> None:
    answer = await ask(redis, answering(JSON), method="HEAD")
    assert (answer.content, "content-encoding" in answer.headers) == (b"", False)


async def test_documents_for_everybody_are_compressed_and_asked_for_by_their_tag(redis: Redis) -> None:
    app = answering(JSON, b'{"paths":{"/a":{"get":{"description":"' + b"a" * 5000 + b'","responses":{}}}}}')
    settings = settings_with(compression="on")
    async with client_of(build_gateway(redis, upstreams={"task": app}, settings=settings)) as client:
        page = await client.get("/api/docs/swagger-ui.css", headers={"Accept-Encoding": "gzip"})
        plain = await client.get("/api/docs/swagger-ui.css", headers={"Accept-Encoding": "identity"})
        first = await client.get(OPENAPI_PATH, headers={"Accept-Encoding": "gzip"})
        again = await client.get(
            OPENAPI_PATH, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
        )
        small = await client.get("/api/docs/swagger-ui.css", headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert (page.headers["content-encoding"], page.content) == ("gzip", plain.content)
    assert (small.headers["content-encoding"], small.content) == ("br", plain.content)
    assert all("accept-encoding" in answer.headers["vary"].lower() for answer in (page, plain, first, again))
    assert "content-encoding" not in plain.headers
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["etag"].startswith('W/"')
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"gzip", b"gzip"),
        (b"X-GZIP", b"gzip"),
        (b"deflate,gzip ; q=1.0", b"gzip"),
        (b"gzip, deflate, br, zstd", b"zstd"),
        (b"gzip, deflate, br", b"br"),
        (b"br;q=0.5, gzip;q=0.8, zstd;q=0", b"gzip"),
        (b"*", b"zstd"),
        (b"zstd;q=0, *;q=0.1", b"br"),
        (b"gzip;q=0.2, identity;q=0.5", None),
        (b"br, gzip;q=0.5, *;q=0", b"br"),
        (b"", None),
        (b"identity", None),
        (b"gzip;q=0", None),
        (b"gzip; q=0.000, deflate", None),
        (b"notgzip", None),
        (b"gzip;q=", None),
        (b"gzip;q=2", None),
        (b"*;q=0", None),
    ],
)
def test_what_a_client_takes(accepted: bytes, coding: bytes | None) -> None:
    chosen = coding_for(accepted)
    assert (chosen and chosen.name) == coding
