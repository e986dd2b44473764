"""Cross-origin requests (the Fetch standard): whose pages may read answers and open WebSockets."""

from collections.abc import Mapping

from taskyard.kit.asgi import Headers
from taskyard.kit.problems import ForeignOrigin

_SENDABLE = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Device-Token, "
    b"X-Request-ID, traceparent"
)
_READABLE = (
    b"ETag, Link, Location, Retry-After, WWW-Authenticate, X-Request-ID, RateLimit, RateLimit-Policy, "
    b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Idempotency-Replayed, Taskyard-Position, "
    b"Deprecation, Sunset"
)
_EXPOSED = (b"access-control-expose-headers", _READABLE)
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", _SENDABLE),
    (b"access-control-max-age", b"600"),
]
ANYBODY: Headers = [(b"access-control-allow-origin", b"*"), _EXPOSED]
"""What lets any page read an answer to a request without cookies."""


def cors_headers(origin: bytes, *, with_cookies: bool) -> Headers:
    """What lets the pages of an origin read an answer; those of our own also one to a request with a cookie."""
    headers = [(b"access-control-allow-origin", origin), _EXPOSED, (b"vary", b"Origin")]
    return [*headers, (b"access-control-allow-credentials", b"true")] if with_cookies else headers


def require_own_page(headers: Mapping[bytes, bytes], origin: bytes) -> None:
    """Refuse a WebSocket that a page of another origin opens; programs send no Origin. Raises ForeignOrigin."""
    if headers.get(b"origin") not in {None, origin}:
        raise ForeignOrigin(f"Pages of {origin.decode()} may; programs send no Origin.")
