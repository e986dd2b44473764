"""42: no body takes a field that is not the client's, and no answer has a field that is nobody's to see."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.journeys.people import Someone
from tests.security.company import Company
from tests.security.world import list_routes, make_world, resolve

FOREIGN = {
    "id": "0190a000-0000-7000-8000-000000000000",
    "workspace_id": "0190a000-0000-7000-8000-000000000000",
    "role": "owner",
    "is_admin": True,
    "is_administrator": True,
    "permissions": ["workspace_delete"],
    "created_by": "0190a000-0000-7000-8000-000000000000",
    "version": 1_000,
    "password_hash": "x",
    "scopes": ["users:admin"],
    "deleted_at": None,
}
OPEN_ENDED = {"/oauth/register": "RFC 7591 wants metadata that a server does not know ignored"}
SECRET = re.compile(r"(^|_)(hash|hashes|password|seed|secret|sealed|nonce|salt|token)($|_)")
IN_METADATA = {"ServerMetadata", "JsonWebKeySet"}
"""What is told of endpoints, and public keys."""
SHOWN_ONCE = {
    *("IssuedApiKey", "TokenPair", "SecondFactorNeeded", "TotpSetup", "OAuthClientWithSecret", "ClientInformation"),
    *("Tokens", "WebhookWithSecret", "FederatedBegun"),
}
"""Answers to writes by which a secret is told, the one time that it is."""
HARMLESS = {"token_type", "token_endpoint_auth_method", "has_secret"}


def test_no_body_takes_a_field_that_is_not_the_clients(company: Company) -> None:
    ids, _ = make_world(company.register, company.ann)
    document, taken, tried = company.ann.get("/openapi.json"), [], 0
    for method, path, url, body in list_routes(company.ann.stack, ids):
        if body is None or path in OPEN_ENDED:
            continue
        for field in sorted(FOREIGN.keys() - _fields(document, method, path)):
            answer = company.ann.client.request(method, url, json={field: FOREIGN[field], **body})
            tried += 1
            if answer.status_code != 422 or field not in answer.text:
                taken.append(f"{method} {path} {field}: {answer.status_code} {answer.text[:100]}")
    assert not taken, "\n".join(taken)
    assert tried > 500


def test_no_answer_has_a_field_that_nobody_may_see(company: Company) -> None:
    told = [*_secrets(company.ann.get("/openapi.json"))]
    shown = [place for method, schema, place in told if method == "get" or schema not in SHOWN_ONCE]
    assert not shown, "\n".join(shown)
    assert {schema for _, schema, _ in told} == SHOWN_ONCE


@pytest.mark.parametrize("field", ["password_hash", "seed", "client_secret", "refresh_token", "secret"])
def test_a_field_that_is_a_secret_is_told_by_its_name(field: str) -> None:
    schema = {"$ref": "#/components/schemas/Leak"}
    content = {"200": {"content": {"application/json": {"schema": schema}}}}
    document = {
        "paths": {"/leaks": {"get": {"responses": content}}},
        "components": {"schemas": {"Leak": {"properties": {"id": {}, field: {}}}}},
    }
    assert [*_secrets(document)] == [("get", "Leak", f"get /leaks Leak.{field}")]


def test_no_read_answers_with_a_secret(company: Company) -> None:
    ids, _ = make_world(company.register, company.ann)
    told: list[str] = []
    for method, path, url, _ in list_routes(company.ann.stack, ids):
        if method == "get" and "stream" not in path and "unsubscribe" not in path:
            names = {*_names(_read(company.ann, url))} - HARMLESS
            told += [f"{path}: {name}" for name in names if SECRET.search(name)]
    assert told == []


def _read(person: Someone, url: str) -> Any:
    answer = person.client.get(url)
    if not answer.is_success or "/.well-known/" in url or not _is_json(answer):
        return None
    return answer.json()


def _is_json(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("application/json")


def _names(answer: Any) -> Iterator[str]:
    """The name of every field in an answer."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield name
            yield from _names(value)
    elif isinstance(answer, list):
        for item in answer:
            yield from _names(item)


def _fields(document: dict[str, Any], method: str, path: str) -> set[str]:
    content = document["paths"][path][method]["requestBody"]["content"]["application/json"]
    return set(resolve(document, content["schema"]).get("properties", {}))


def _secrets(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every field of an answer that by its name is a secret: method, schema and place."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for schema in sorted(_schemas_in(document, operation["responses"], set()) - IN_METADATA):
                for name in document["components"]["schemas"][schema].get("properties", {}):
                    if SECRET.search(name) and name not in HARMLESS:
                        yield method, schema, f"{method} {path} {schema}.{name}"


def _schemas_in(document: dict[str, Any], part: Any, found: set[str]) -> set[str]:
    """The names of all schemas that part of a document comes to."""
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for inner in parts:
        _schemas_in(document, inner, found)
    name = part.get("$ref", "").rpartition("schemas/")[2] if isinstance(part, dict) else ""
    if name and "schemas/" in part["$ref"] and name not in found:
        found.add(name)
        _schemas_in(document, document["components"]["schemas"][name], found)
    return found
