"""The merged OpenAPI document and the page that shows it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from taskyard.contracts.documentation import CALLBACK, CLIENT_ID
from taskyard.contracts.operations import SCOPES_OF_OPERATION
from taskyard.contracts.scopes import SCOPES
from taskyard.gateway.openapi import merge
from taskyard.kit.asgi import App
from taskyard.kit.redis import Redis
from tests.gateway.fakes import PUBLIC_URL, answering, broken, build_gateway, client_of


def _service(path: str, schemas: dict[str, Any], **operation: Any) -> dict[str, Any]:
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}}
    refusal = {"400": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    get = {"operationId": path, "responses": {**answer, **refusal}, **operation}
    return {"openapi": "3.1.0", "paths": {path: {"get": get}}, "components": {"schemas": schemas}}


AUTH = _service("/api/v1/me", {"Item": {"title": "person"}, "Same": {"type": "string"}}, security=[{"bearer": []}])
TASK = _service("/api/v1/tasks", {"Item": {"title": "task"}, "Same": {"type": "string"}})
UPSTREAMS: dict[str, App] = {"auth": answering({"/openapi.json": AUTH}), "task": answering({"/openapi.json": TASK})}


@pytest.fixture
async def documented(redis: Redis) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(build_gateway(redis, upstreams={**UPSTREAMS, "project": broken})) as client:
        yield client


async def test_one_document_holds_every_service_that_answers(documented: httpx.AsyncClient) -> None:
    answer = await documented.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert set(answer.json()["paths"]) == {"/api/v1/me", "/api/v1/tasks"}


async def test_document_is_not_sent_twice(documented: httpx.AsyncClient) -> None:
    tag = (await documented.get("/api/v1/openapi.json")).headers["etag"]
    again = await documented.get("/api/v1/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_names_are_prefixed_only_where_services_differ() -> None:
    document: Any = merge({"auth": AUTH, "task": TASK}, version="1", server="/")
    assert set(document["components"]["schemas"]) == {"Item", "TaskItem", "Same", "Problem"}
    answer = document["paths"]["/api/v1/tasks"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/TaskItem"}


def test_what_has_no_body_is_documented_with_none_and_unions_say_that_more_than_one_may_fit() -> None:
    gone = {"204": {"description": "Gone.", "content": {"application/json": {"schema": {"type": "null"}}}}}
    either = {"Item": {"oneOf": [{"type": "string"}, {"type": "null"}]}}
    document: Any = merge({"auth": _service("/api/v1/me", either, responses=gone)}, version="1", server="/")
    assert document["paths"]["/api/v1/me"]["get"]["responses"]["204"] == {"description": "Gone."}
    assert document["components"]["schemas"]["Item"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_refusals_share_one_schema() -> None:
    document: Any = merge({"auth": AUTH, "task": TASK}, version="1", server="/")
    responses = document["paths"]["/api/v1/me"]["get"]["responses"]
    assert {code for code, answer in responses.items() if "$ref" in answer} == {"400", "401", "default"}


def test_names_are_for_people() -> None:
    service = _service("/api/v1/tasks", {"Page_taskyard.task.models.Task_": {"type": "object"}}, summary="ListTasks")
    document: Any = merge({"task": service}, version="1", server="/")
    assert set(document["components"]["schemas"]) == {"TaskPage", "Problem"}
    assert document["paths"]["/api/v1/tasks"]["get"]["summary"] == "List tasks"


def test_chapters_have_an_order_and_say_what_they_are_about() -> None:
    services = {"task": _service("/api/v1/tasks", {}, tags=["Tasks"]), "auth": _service("/a", {}, tags=["Sign-in"])}
    document: Any = merge(services, version="1", server="/")
    assert [tag["name"] for tag in document["tags"]] == ["Sign-in", "Tasks"]
    assert all(tag["description"].endswith(".") for tag in document["tags"])


def test_internal_paths_are_left_out() -> None:
    document: Any = merge({"auth": _service("/internal/people", {})}, version="1", server="/")
    assert document["paths"] == {}


def test_operations_say_which_scope_they_ask_for() -> None:
    document: Any = merge({"auth": AUTH, "task": TASK}, version="1", server=PUBLIC_URL)
    asked = [document["paths"][path]["get"]["security"] for path in ("/api/v1/me", "/api/v1/tasks")]
    assert asked == [
        [{scheme: [scope]} for scheme in ("bearer", "apiKey", "oauth2")] for scope in ("account:read", "tasks:read")
    ]
    service = _service("/oauth/token", {})
    opened: Any = merge({"auth": service}, version="1", server=PUBLIC_URL)
    assert opened["paths"]["/oauth/token"]["get"]["security"] == []
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    assert flow["tokenUrl"] == f"{PUBLIC_URL}/oauth/token"
    assert (
        {scope for scopes in SCOPES_OF_OPERATION.values() for scope in scopes}
        == {"openid", *SCOPES}
        == set(flow["scopes"])
    )


async def test_the_page_is_the_client_that_auth_knows(client: httpx.AsyncClient) -> None:
    assert f'clientId: "{CLIENT_ID}"' in (await client.get("/api/docs/docs.js")).text
    page = await client.get(CALLBACK)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "unsafe" not in page.headers["content-security-policy"]
    [script] = re.findall(r'src="([^"]+)"', page.text)
    assert (await client.get(script)).headers["content-type"].startswith("text/javascript")


async def test_page_loads_only_what_is_shipped(client: httpx.AsyncClient) -> None:
    page = await client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script>" not in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        if not asset.startswith("data:"):
            assert asset.startswith("/api/docs/")
            assert (await client.get(asset)).status_code == 200


async def test_assets_say_what_they_are(client: httpx.AsyncClient) -> None:
    bundle = await client.get("/api/docs/swagger-ui-bundle.js")
    assert bundle.headers["content-type"].startswith("text/javascript")
    assert len(bundle.content) > 1_000_000
    assert "Apache License" in (await client.get("/api/docs/LICENSE.txt")).text


@pytest.mark.parametrize("path", ["/api/docs/app.py", "/api/docs/docs.html", "/api/docsx"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404
