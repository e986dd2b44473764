"""Cross-origin requests (the Fetch standard): only pages of our own origin may read answers and open WebSockets."""

from collections.abc import Mapping

from taskyard.kit.asgi import Headers
from taskyard.kit.problems import ForeignOrigin

_SENDABLE = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-ID, traceparent"
)
_EXPOSED = (
    b"ETag, Location, Retry-After, X-Request-ID, RateLimit, RateLimit-Policy, Idempotency-Replayed, Taskyard-Position"
)
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", _SENDABLE),
    (b"access-control-max-age", b"600"),
]


def cors_headers(origin: bytes) -> Headers:
    """What lets our own pages read the answer. A foreign origin gets none of it."""
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]


def require_own_page(headers: Mapping[bytes, bytes], origin: bytes) -> None:
    """Refuse a WebSocket that a page of another origin opens; programs send no Origin. Raises ForeignOrigin."""
    if headers.get(b"origin") not in {None, origin}:
        raise ForeignOrigin(f"Pages of {origin.decode()} may; programs send no Origin.")
