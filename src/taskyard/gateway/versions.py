"""Which versions of the API there are, and which of its operations will go away."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

import msgspec

from taskyard.kit.asgi import Headers
from taskyard.kit.problems import NotFound

VERSIONS = ("v1",)
_VERSIONED = re.compile(r"/api/(v\d+)(?:/.*)?")
_FIELD = re.compile(r"\\\{\w+\\\}")
"""A field of a path, as ``re.escape`` leaves it."""


class UnknownVersion(NotFound):
    """There is no such version of the API."""


class Deprecation(msgspec.Struct, frozen=True):
    """Since when an operation should not be used, what to use instead, and when it will be gone, if that is known."""

    since: datetime
    about: str
    """An address that explains it."""
    until: datetime | None = None


DEPRECATED: Mapping[str, Deprecation] = {}
"""Operation, such as ``GET /api/v1/things/{thing_id}`` as the OpenAPI document names it -> its deprecation."""


class Deprecations:
    """What answers say of the operations in a table."""

    def __init__(self, table: Mapping[str, Deprecation] = DEPRECATED) -> None:
        self.operations = frozenset(table)
        self._known = [
            (method, re.compile(_FIELD.sub("[^/]+", re.escape(path)) + "/?"), _headers(found))
            for operation, found in table.items()
            for method, path in [operation.split(" ")]
        ]

    def headers_for(self, method: str, path: str) -> Headers:
        """The headers of an answer of a deprecated operation; HEAD goes with GET."""
        asked = "GET" if method == "HEAD" else method
        for known, pattern, headers in self._known:
            if known == asked and pattern.fullmatch(path):
                return headers
        return []


def require_version(path: str) -> None:
    """Refuse a path of a version that does not exist, naming those that do. Raises UnknownVersion."""
    asked = _VERSIONED.fullmatch(path)
    if asked is not None and asked[1] not in VERSIONS:
        raise UnknownVersion(f"There is no {asked[1]} of the API; there is {', '.join(VERSIONS)}.")


def _headers(found: Deprecation) -> Headers:
    """RFC 9745 (a date in Unix seconds), RFC 8594 (an HTTP date), and a link to what explains it."""
    headers = [
        (b"deprecation", b"@%d" % int(found.since.timestamp())),
        (b"link", f'<{found.about}>; rel="deprecation"; type="text/html"'.encode()),
    ]
    if found.until is not None:
        headers.append((b"sunset", format_datetime(found.until.astimezone(UTC), usegmt=True).encode()))
    return headers
