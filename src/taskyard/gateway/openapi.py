"""One OpenAPI 3.1 document for all services, merged from what each says of itself."""

import asyncio
import hashlib
import re
import time
from collections.abc import Collection, Mapping
from typing import TypeAlias, cast

import msgspec

from taskyard.gateway.examples import read_examples, show_examples
from taskyard.gateway.security_schemes import describe_schemes, require_one_of
from taskyard.gateway.tags import describe_tags
from taskyard.kit.asgi import App, Reply, ask
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.problems import PROBLEM_MEDIA_TYPE

Json: TypeAlias = dict[str, object]

OPENAPI_PATH = "/api/v1/openapi.json"
_ASK_SECONDS = 10.0
_RETRY_SECONDS = 5.0
_METHODS = frozenset({"get", "head", "post", "put", "patch", "delete"})
_REFERENCE = "#/components/schemas/"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GENERIC = re.compile(r"^(\w+)_(?:\w+\.)+(\w+)_$")
"""A generic struct over one of ours, such as ``Page_taskyard.task.models.tasks.Task_``."""
_KEYWORDS = {"oneOf": "anyOf"}
"""Litestar says that exactly one kind fits, where Python's union says that one does."""
_PROBLEM: Json = {"$ref": "#/components/responses/Problem"}
_ABOUT = (
    "Errors are problem documents (RFC 9457) with a stable `code`. Lists are paged by `cursor`. Single objects "
    "carry an `ETag`; send it back as `If-Match` to refuse lost updates (412) or as `If-None-Match` to get a 304. "
    "Writes accept an `Idempotency-Key`. "
    "Every answer tells the state of the scarcest rate limit in `RateLimit` and `RateLimit-Policy`; "
    "`X-RateLimit-Reset` is in Unix seconds."
)
_PROBLEM_SCHEMA: Json = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable, snake_case."},
        "detail": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


class OpenAPI:
    """The merged document, asked for once; a service that is away is asked again a little later."""

    def __init__(
        self, upstreams: Mapping[str, App], *, version: str, server: str, deprecated: Collection[str] = ()
    ) -> None:
        self._deprecated = deprecated
        self._upstreams = upstreams
        self._version = version
        self._server = server
        self._body = b""
        self._tag = b""
        self._stale_at = 0.0
        self._lock = asyncio.Lock()

    async def reply(self, if_none_match: bytes | None = None) -> Reply:
        """The document as an answer, or 304 when the client has it."""
        async with self._lock:
            if not self._body or time.monotonic() > self._stale_at:
                await self._read()
        headers = [(b"content-type", b"application/json"), (b"etag", self._tag)]
        if if_none_match is not None and self._tag in if_none_match:
            return Reply(304, headers, b"")
        return Reply(200, headers, self._body)

    async def _read(self) -> None:
        found = await asyncio.gather(*(_read_document(app) for app in self._upstreams.values()))
        documents = {name: document for name, document in zip(self._upstreams, found, strict=True) if document}
        merged = merge(documents, version=self._version, server=self._server, deprecated=self._deprecated)
        show_examples(_object(merged["paths"]), read_examples())
        self._body = msgspec.json.encode(merged)
        self._tag = b'"' + hashlib.sha256(self._body).hexdigest()[:32].encode() + b'"'
        self._stale_at = float("inf") if all(found) else time.monotonic() + _RETRY_SECONDS


def merge(documents: Mapping[str, Json], *, version: str, server: str, deprecated: Collection[str] = ()) -> Json:
    """One document from one per service; a schema's name is prefixed only where services differ about it."""
    paths: Json = {}
    schemas: Json = {"Problem": _PROBLEM_SCHEMA}
    for service, document in documents.items():
        names = _names(service, _schemas(document), schemas)
        for name, schema in _schemas(document).items():
            schemas[names[name]] = _renamed(schema, names)
        for path, item in sorted(_object(document.get("paths")).items()):
            if not path.startswith("/internal"):
                paths.setdefault(path, _path_item(path, _object(_renamed(item, names)), deprecated))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Taskyard", "version": version, "description": _ABOUT},
        "servers": [{"url": server}],
        "tags": describe_tags(_tags(paths)),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {
                "Problem": {
                    "description": "The request was refused; `code` says why.",
                    "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"{_REFERENCE}Problem"}}},
                }
            },
            "securitySchemes": describe_schemes(server),
        },
    }


def _names(service: str, own: Json, taken: Json) -> dict[str, str]:
    """What each schema of a service is called in the merged document."""
    names = {name: _GENERIC.sub(r"\2\1", name) for name in own}
    forms = {name: _renamed(schema, names) for name, schema in own.items()}
    return {
        name: names[name] if taken.get(names[name], form) == form else f"{service.capitalize()}{names[name]}"
        for name, form in forms.items()
    }


def _path_item(path: str, item: Json, deprecated: Collection[str]) -> Json:
    found: Json = {}
    for key, value in item.items():
        found[key] = _operation(_object(value), require_one_of(f"{key.upper()} {path}")) if key in _METHODS else value
        if f"{key.upper()} {path}" in deprecated:
            found[key] = {**_object(found[key]), "deprecated": True}
    return found


def _tags(paths: Json) -> set[str]:
    operations = [_object(operation) for item in paths.values() for operation in _object(item).values()]
    return {tag for operation in operations for tag in cast(list[str], operation.get("tags", []))}


def _operation(operation: Json, security: list[Json]) -> Json:
    """The operation with what it asks of its caller, and every refusal described by the one problem document."""
    responses = {code: _response(code, answer) for code, answer in _responses(operation).items()}
    if security:
        responses["401"] = _PROBLEM
    summary = _CAMEL.sub(" ", str(operation.get("summary", ""))).capitalize()
    answers = {**responses, "default": _PROBLEM}
    return {**operation, "summary": summary, "security": security, "responses": answers}


def _response(code: str, answer: object) -> Json:
    if code[0] in "45":
        return _PROBLEM
    described = _object(answer)
    return {name: part for name, part in described.items() if name != "content"} if code == "204" else described


def _responses(operation: Json) -> Json:
    return {code: answer for code, answer in _object(operation.get("responses")).items() if code != "default"}


def _renamed(value: object, names: Mapping[str, str]) -> object:
    """A copy whose references point to the new names; of the kinds a value may have, more than one may fit it."""
    if isinstance(value, dict):
        return {
            _KEYWORDS.get(key, key): _reference(item, names)
            if key == "$ref" and isinstance(item, str)
            else _renamed(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def _reference(reference: str, names: Mapping[str, str]) -> str:
    name = reference.removeprefix(_REFERENCE)
    return _REFERENCE + names.get(name, name)


def _schemas(document: Json) -> Json:
    return _object(_object(document.get("components")).get("schemas"))


def _object(value: object) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}


async def _read_document(app: App) -> Json | None:
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            reply = await ask(app, "/openapi.json", {PRINCIPAL: None}.items())
            return msgspec.json.decode(reply.body, type=Json) if reply.status == 200 else None
    except Exception:  # noqa: BLE001 - whatever goes wrong over there, the rest is served
        return None
