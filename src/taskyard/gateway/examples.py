"""The examples of the OpenAPI document: for each operation what was really asked once, and what was answered.

``make examples`` writes them anew (docs/decisions/0070-examples.md).
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import TypeAlias, cast

import msgspec

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
Json: TypeAlias = dict[str, object]
_ANY_FORM: Json = {"type": "object", "additionalProperties": {"type": "string"}}


class Example(msgspec.Struct, frozen=True):
    """What was asked in a body or a form, and the status and the body of the answer, where there are such."""

    request: object = None
    form: dict[str, str] | None = None
    status: int = 200
    answer: object = None


Examples: TypeAlias = Mapping[str, Example]
"""By operation, such as ``POST /api/v1/tasks``."""


def read_examples() -> Examples:
    """All that there are."""
    content = files("taskyard.gateway").joinpath("assets/examples.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, Example])


def show_examples(paths: Json, examples: Examples) -> None:
    """Add to each operation of a document its example."""
    for path, operations in paths.items():
        for method, operation in _object(operations).items():
            if (example := examples.get(f"{method.upper()} {path}")) is not None:
                _show(_object(operation), example)


def _show(operation: Json, example: Example) -> None:
    """A form, which handlers read by themselves, is described by its example alone."""
    if example.form is not None:
        operation["requestBody"] = {"content": {FORM: {"schema": _ANY_FORM, "example": example.form}}, "required": True}
    body = _object(_object(_object(operation.get("requestBody")).get("content")).get(JSON))
    if body:
        body["example"] = example.request
    answer = _object(_object(operation["responses"]).get(str(example.status)))
    content = _object(_object(answer.get("content")).get(JSON))
    if content and example.answer is not None:
        content["example"] = example.answer


def _object(value: object) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}
