"""42, 54: no input makes the program fail, and no answer shows how it is built.

Every operation of the API gets every hostile value in every place; the fixture looks for failures in the log.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.journeys.people import Someone

NewPerson = Callable[[str], Someone]
BODIES = [b"", b"null", b"[]", b'"x"', b'{"a":', b"\xff\xfe", b"NaN", b"\x00", b"-" + b"9" * 5_000, b'{"\\ud800":1}']
VALUES = [
    *(
        '"\\u0000"',
        '"\\ud800"',
        '"\\r\\nSet-Cookie: a=b"',
        '"\' OR 1=1 --"',
        '"{0.__class__}%s%n"',
        f'"{"x" * 60_000}"',
    ),
    *("null", "true", "-1", "1e308", "9" * 40, "[]", "[null]", "{}", '"9999-12-31"', '"0001-01-01"', '"2027-13-45"'),
    '"0190a000-0000-7000-8000-000000000000"',
]
TEXTS = ["%00", "%ff", "%ed%a0%80", "%E2%80%AE", "-1", "9" * 30, "NaN", "'", "a" * 1_500, "e30", "2027-13-01", "("]
HEADERS = [
    {"If-Match": b'"' + b"9" * 30 + b'"'},
    {"If-Match": b'"\xb2"'},
    {"If-None-Match": b'"\xff"'},
    {"Idempotency-Key": b"\xff\xfe"},
    {"Last-Event-ID": b"9" * 40},
    {"Content-Type": b"application/json; charset=utf-16"},
    {"Content-Type": b"multipart/form-data"},
]
SIGNS = re.compile(r"Traceback|asyncpg|psycopg|SELECT |line \d+, in|site-packages")


def test_no_input_is_our_mistake(someone: NewPerson) -> None:
    ann = someone("Ann")
    workspace = ann.workspace()
    ids = {"workspace_id": workspace["id"], "project_id": ann.project(workspace["id"])["id"]}
    document = ann.get("/openapi.json")

    wrong = [
        (request.method, str(request.url)[:200], request.headers, request.content[:100], answer.status_code)
        for request in _attacks(ann.client, document, ids)
        if (answer := _ask(ann.client, request)).status_code >= 500 or SIGNS.search(answer.text)
    ]

    assert wrong == []


def test_fields_that_are_not_the_clients_are_refused(someone: NewPerson) -> None:
    ann = someone("Ann")
    project = ann.project(ann.workspace()["id"])
    task = ann.post("/tasks", {"project_id": project["id"], "title": "Fix the lift"})
    for field in ("id", "workspace_id", "created_by", "version", "number", "role", "is_admin"):
        ann.patch(f"/tasks/{task['id']}", {"title": "Mine", field: ann.id}, status=422)
        ann.patch("/me", {"name": "Mine", field: ann.id}, status=422)
    assert ann.get(f"/tasks/{task['id']}") == task


def _ask(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    while (answer := client.send(request)).status_code == httpx.codes.TOO_MANY_REQUESTS:
        time.sleep(0.2)
    return answer


def _attacks(client: httpx.Client, document: dict[str, Any], ids: dict[str, str]) -> Iterator[httpx.Request]:
    for path, operations in document["paths"].items():
        if "/auth/" in path or "stream" in path:
            continue
        for method, operation in operations.items():
            if (method, path) in {("delete", "/api/v1/sessions"), ("delete", "/api/v1/me")}:
                continue
            url = _filled(path, ids)
            yield from (
                client.build_request(
                    method, url, headers=[(name.encode(), value) for name, value in headers.items()], content=b"{}"
                )
                for headers in HEADERS
            )
            for parameter in operation.get("parameters", []):
                name = parameter["name"]
                for text in TEXTS:
                    hostile = _filled(path, {**ids, name: text})
                    query = f"?{name}={text}" if parameter["in"] == "query" else ""
                    yield client.build_request(method, hostile + query)
            for body in _bodies(document, operation, ids):
                yield client.build_request(method, url, content=body, headers={"Content-Type": "application/json"})


def _filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda match: ids.get(match[1], ids["project_id"]), path)


def _bodies(document: dict[str, Any], operation: dict[str, Any], ids: dict[str, str]) -> Iterator[bytes]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    yield from BODIES
    schema = content["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    valid = {**ids, "name": "Fine", "title": "Fine", "role": "member"}
    for field in schema["properties"]:
        others = {name: valid[name] for name in schema["properties"] if name in valid and name != field}
        start = json.dumps(others)[:-1] + (", " if others else "")
        yield from (f'{start}"{field}": {value}}}'.encode() for value in VALUES)
