"""Answers that are the same for everybody, which caches on the way may keep for a moment."""

import hashlib
from typing import Any, TypeVar

from litestar import Request, Response

from taskyard.kit.etags import names_tag
from taskyard.kit.json_response import JsonResponse, encode_json

T = TypeVar("T")

_FRESH = "public, max-age=30"
"""So long may a cache show what is no longer public."""


def share(request: Request[Any, Any, Any], result: T) -> Response[T]:
    """Answer everybody alike, with an ETag of what is in it, or 304 when the client has the same."""
    body = encode_json(result)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    is_known = names_tag(request.scope, tag)
    response: JsonResponse[Any] = JsonResponse(
        b"" if is_known else body,
        status_code=304 if is_known else 200,
        headers={"ETag": tag, "Cache-Control": _FRESH},
    )
    return response
