"""The document shows for each operation what is really asked and answered."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from taskyard.gateway.examples import FORM, JSON, read_examples
from tests.journeys.stack import Stack

WITHOUT = {
    "GET /api/v1/notification-preferences/unsubscribe": "a page for people",
    "POST /api/v1/notification-preferences/unsubscribe": "a mail program's form, and its answer is a page",
    "POST /oauth/revoke": "its answer is empty",
}
"""Operations that have no example, each with the reason."""
HERE = "urn:taskyard:openapi"


@pytest.fixture
def document(stack: Stack) -> Any:
    with stack.client() as client:
        return client.get("/api/v1/openapi.json").json()


def _bodies(document: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The operation, what it is, and how it is described: for each body that is JSON or a form."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            content = operation.get("requestBody", {}).get("content", {})
            yield from ((name, "request", content[kind]) for kind in (JSON, FORM) if kind in content)
            answers = [(code, answer.get("content", {})) for code, answer in operation["responses"].items()]
            yield from ((name, code, content[JSON]) for code, content in answers if code[0] == "2" and JSON in content)


def test_every_operation_has_an_example(document: Any) -> None:
    shown = {(name, what == "request") for name, what, body in _bodies(document) if "example" in body}
    missing = {name for name, what, _ in _bodies(document) if (name, what == "request") not in shown}
    assert sorted(missing - WITHOUT.keys()) == [], "`make examples`, or a line in tests/journeys/recipes/reads.py"
    assert sorted(WITHOUT.keys() - missing) == []


def test_every_example_is_of_an_operation_and_has_a_status_that_is_described(document: Any) -> None:
    for name, example in read_examples().items():
        method, path = name.split(" ")
        operation = document["paths"][path][method.lower()]
        assert example.answer is None or str(example.status) in operation["responses"], name


def test_examples_are_as_the_document_says(document: Any) -> None:
    registry: Registry[Any] = Registry().with_resource(HERE, DRAFT202012.create_resource(document))
    wrong = []
    for name, what, body in _bodies(document):
        if "example" in body:
            schema = _anchored(body["schema"])
            found = Draft202012Validator(schema, registry=registry).iter_errors(body["example"])
            wrong += [f"{name} {what}: {error.json_path} {error.message[:200]}" for error in found]
    assert wrong == []


def _anchored(schema: Any) -> Any:
    """A schema whose references lead into the document."""
    if isinstance(schema, dict):
        return {key: f"{HERE}{item}" if key == "$ref" else _anchored(item) for key, item in schema.items()}
    return [_anchored(item) for item in schema] if isinstance(schema, list) else schema


def test_no_example_holds_a_secret() -> None:
    texts = list(_texts([[example.request, example.form, example.answer] for example in read_examples().values()]))
    assert len(texts) > 1000
    assert [
        text for text in texts if re.search(r"eyJ\w|(tyk|whsec|tys)_(?!example)|localhost:\d|127\.0\.0\.1:", text)
    ] == []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
