"""The way of a request through the gateway, and what every answer carries."""

import re

import httpx
import pytest

from taskyard.gateway.app import Gateway
from taskyard.kit.asgi import Message, Receive, Reply, Scope, Send, send_reply
from taskyard.kit.redis import Redis
from tests.gateway.fakes import PUBLIC_URL, broken, build_gateway, client_of

SECURITY = {
    "strict-transport-security",
    "x-content-type-options",
    "content-security-policy",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}
RATE = {"ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


async def test_request_reaches_its_service_with_its_caller(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/tasks?a=1", json={"b": 2}, headers={"Authorization": "Bearer alice"})
    seen = answer.json()
    assert (seen["principal"], seen["query"], seen["body"]) == ("alice", "a=1", '{"b":2}')
    assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize("credential", ["Bearer alice", "Bearer mallory", "nonsense", ""])
async def test_what_is_public_is_asked_for_by_nobody(client: httpx.AsyncClient, credential: str) -> None:
    headers = {"Authorization": credential, "X-API-Key": credential, "Cookie": f"a={credential}"}
    seen = (await client.get("/api/v1/public/tasks", headers=headers if credential else {})).json()
    assert seen["principal"] is None
    assert not {"authorization", "x-api-key", "cookie"} & set(seen["headers"])
    unknown = [await client.get(f"/api/v1/public{path}") for path in ("", "/", "/auth/me", "/comments", "/events")]
    assert {answer.status_code for answer in unknown} == {404}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/tasks", 200),
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/internal/people/list_people", 404),
        ("GET", "/api/v1/projects", 500),
        ("GET", "/api/v1/tasks//", 400),
        ("TRACE", "/api/v1/tasks", 405),
        ("POST", "/api/docs", 405),
        ("GET", "/live", 200),
        ("GET", "/metrics", 200),
        ("GET", "/api/docs", 200),
    ],
)
async def test_every_answer_carries_its_headers(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert (SECURITY | RATE | {"x-request-id"}) <= set(answer.headers)
    assert "server" not in answer.headers


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/api/v1/projects", 500), ("/api/v1/a//", 400)])
async def test_refusals_are_problem_documents(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(path, headers={"X-Request-ID": "mine-1"})
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code == status
    assert {"type", "title", "status", "code", "detail", "trace_id"} <= set(document)
    assert answer.headers["x-request-id"] == "mine-1"


async def test_bug_shows_nothing_of_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/projects")
    assert answer.json()["code"] == "internal_error"
    assert "SELECT" not in answer.text


async def test_bug_after_the_start_of_an_answer_adds_nothing(redis: Redis) -> None:
    async def half(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    sent = await _call(build_gateway(redis, upstreams={"task": half}), "/api/v1/tasks")
    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_wrong_credential_is_refused_and_counted(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/tasks", headers={"Authorization": "Bearer mallory"})
    second = await client.get("/api/v1/tasks", headers={"Authorization": "Bearer mallory"})
    assert first.status_code == 401
    assert first.json()["code"] == "invalid_token"
    assert 'error="invalid_token"' in first.headers["www-authenticate"]
    assert int(second.headers["x-ratelimit-remaining"]) < int(first.headers["x-ratelimit-remaining"])


@pytest.mark.parametrize("given", ["", "a b", "ä", "a" * 200, 'x"y'])
async def test_malformed_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/api/v1/tasks", headers={b"X-Request-ID": given.encode()})
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_trace_of_the_client_is_continued(client: httpx.AsyncClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await client.get("/api/v1/tasks", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer.json()["trace_id"] == trace


@pytest.mark.parametrize("origin", ["https://evil.example", "null", PUBLIC_URL + ".evil.example"])
async def test_foreign_origin_gets_no_header(client: httpx.AsyncClient, origin: str) -> None:
    preflight = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    answers = [
        await client.get("/api/v1/tasks", headers={"Origin": origin}),
        await client.options("/api/v1/tasks", headers=preflight),
    ]
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control-")]


async def test_own_origin_may_read(client: httpx.AsyncClient) -> None:
    answer = await client.options(
        "/api/v1/tasks", headers={"Origin": PUBLIC_URL, "Access-Control-Request-Method": "PUT"}
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == PUBLIC_URL
    assert "PUT" in answer.headers["access-control-allow-methods"]


async def test_head_is_a_get_without_its_body(gateway: Gateway) -> None:
    sent = await _call(gateway, "/api/v1/tasks", method="HEAD")
    assert sent[0]["status"] == 200
    assert [message["body"] for message in sent[1:]] == [b""]


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [
        ("GET", "/api/v1/tasks", "7:42"),
        ("HEAD", "/api/v1/tasks", "7:42"),
        ("POST", "/api/v1/tasks", None),
        ("GET", "/api/v1/projects", None),  # broken
        ("GET", "/live", None),
    ],
)
async def test_snapshots_say_up_to_where_they_are_complete(
    client: httpx.AsyncClient, method: str, path: str, place: str | None
) -> None:
    answer = await client.request(method, path, headers={"Authorization": "Bearer alice"})
    assert answer.headers.get("taskyard-position") == place
    assert "taskyard-position" not in (await client.request(method, path)).headers  # strangers learn nothing of it


async def test_a_service_may_know_the_place_better(redis: Redis) -> None:
    async def exact(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_reply(send, Reply(200, [(b"taskyard-position", b"7:40")], b""))

    async with client_of(build_gateway(redis, upstreams={"notification": exact})) as client:
        answer = await client.get("/api/v1/events")
    assert answer.headers.get_list("taskyard-position") == ["7:40"]


async def test_health_has_a_section_for_each_service(redis: Redis) -> None:
    async def well(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"status":"ok"}'})

    async with client_of(build_gateway(redis, upstreams={"task": well, "project": broken})) as client:
        answer = await client.get("/health")
    document = answer.json()
    assert answer.status_code == 200
    assert document["status"] == "degraded"
    assert document["version"] == "9.9"
    assert document["dependencies"] == {"database": "ok", "redis": "ok"}
    assert document["services"] == {"task": {"status": "ok"}, "project": {"status": "down"}}


async def test_metrics_know_routes_not_paths(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/tasks/0190-some-id")
    await client.get("/random/path/1")
    numbers = (await client.get("/metrics")).text
    assert 'route="/api/v1/tasks/*"' in numbers
    assert "some-id" not in numbers
    assert "random" not in numbers


async def _call(gateway: Gateway, path: str, *, method: str = "GET") -> list[Message]:
    """The bare messages of one answer."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    await gateway({**scope, "headers": [], "client": ("192.0.2.9", 1)}, receive, send)
    return sent
