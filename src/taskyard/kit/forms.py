"""Forms and queries as OAuth and pages read them: every field once, nothing guessed.

What is sent twice could be read in two ways by two readers, so it is refused (RFC 6749, 3.1).
"""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from taskyard.kit.problems import MalformedRequest
from taskyard.kit.requests import header

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
ANY_QUERY = "any_query"
"""A handler with this option is given whatever query there is, and decides itself what to refuse."""
_MOST_FIELDS = 50


async def read_form(request: Request[Any, Any, Any], *repeatable: str) -> dict[str, str]:
    """The fields of a form's body. Raises MalformedRequest."""
    kind = (header(request.scope, b"content-type") or "").partition(";")[0].strip().lower()
    body = await request.body()
    if body and kind != FORM_MEDIA_TYPE:
        raise MalformedRequest(f"The body must be {FORM_MEDIA_TYPE}.")
    return fields_of(body, *repeatable)


def read_query(scope: Any, *repeatable: str) -> dict[str, str]:
    """The parameters of the query. Raises MalformedRequest."""
    return fields_of(scope["query_string"], *repeatable)


def fields_of(encoded: bytes, *repeatable: str) -> dict[str, str]:
    """Fields by name; one that may be repeated has its values joined by blanks. Raises MalformedRequest."""
    try:
        pairs = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise MalformedRequest("The fields are not encoded as a form is.") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in name + value:
            raise MalformedRequest("A field holds a zero byte.")
        if name in fields and name not in repeatable:
            raise MalformedRequest(f"The parameter {name!r} is there twice.")
        fields[name] = f"{fields[name]} {value}" if name in fields else value
    return fields
