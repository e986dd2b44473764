"""Versions of the API that do not exist, and operations that will go away."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from taskyard.gateway.openapi import merge
from taskyard.gateway.versions import DEPRECATED, Deprecation
from taskyard.kit.redis import Redis
from tests.gateway.fakes import answering, build_gateway, client_of, echo

ABOUT = "https://docs.example/tasks"
TABLE = {
    "GET /api/v1/tasks/{ref}": Deprecation(
        datetime(2027, 1, 1, tzinfo=UTC), ABOUT, datetime(2027, 7, 1, 12, tzinfo=UTC)
    ),
    "POST /api/v1/tasks": Deprecation(datetime(2027, 1, 1, tzinfo=UTC), ABOUT),
}
LINK = f'<{ABOUT}>; rel="deprecation"; type="text/html"'


def _told(answer: httpx.Response) -> tuple[str | None, str | None, str | None]:
    deprecation, sunset, link = (answer.headers.get(name) for name in ("deprecation", "sunset", "link"))
    return deprecation, sunset, link


async def test_answers_say_what_will_go_away(redis: Redis) -> None:
    async with client_of(build_gateway(redis, upstreams={"task": echo}, deprecated=TABLE)) as client:
        gone = "@1798761600", "Thu, 01 Jul 2027 12:00:00 GMT", LINK
        for path in ("/api/v1/tasks/OPS-1", "/api/v1/tasks/OPS-1/"):
            assert _told(await client.get(path)) == gone
        assert _told(await client.head("/api/v1/tasks/OPS-1")) == gone
        assert _told(await client.post("/api/v1/tasks")) == ("@1798761600", None, LINK)
        refused = await client.get("/api/v1/tasks/OPS-1", headers={"Authorization": "Bearer mallory"})
        assert refused.status_code == 401
        for method, path in [("PATCH", "/api/v1/tasks/OPS-1"), ("GET", "/api/v1/tasks"), ("GET", "/api/v1/tasks/a/b")]:
            assert _told(await client.request(method, path)) == (None, None, None)


async def test_the_document_says_so_too(redis: Redis) -> None:
    operation = {"operationId": "one", "responses": {}}
    paths = {"/api/v1/tasks/{ref}": {"get": operation, "patch": operation}}
    document: Any = merge({"task": {"paths": paths}}, version="1", server="/", deprecated=TABLE)
    found = document["paths"]["/api/v1/tasks/{ref}"]
    assert (found["get"].get("deprecated"), found["patch"].get("deprecated")) == (True, None)
    served = build_gateway(redis, upstreams={"task": answering({"/openapi.json": {"paths": paths}})}, deprecated=TABLE)
    async with client_of(served) as client:
        told = (await client.get("/api/v1/openapi.json")).json()
    assert told["paths"]["/api/v1/tasks/{ref}"]["get"]["deprecated"]


def test_every_deprecated_operation_is_written_as_the_document_names_it() -> None:
    assert all(operation.partition(" ")[2].startswith("/api/v1/") for operation in DEPRECATED)


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/tasks", "/api/v0/tasks/OPS-1", "/api/v11/"])
async def test_a_version_that_does_not_exist_is_named(client: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_version")
        assert "there is v1." in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/vx/tasks", "/api/tasks", "/api/v1/nothing"])
async def test_what_is_no_version_is_only_not_there(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).json()["code"] == "not_found"
