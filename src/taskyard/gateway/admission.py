"""What a request must be before anybody looks at it: small, unambiguous, and with a known origin.

Everything here is decided from the request line and the headers (SECURITY checks 46-49).
"""

import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from taskyard.gateway.routes import METHODS
from taskyard.kit.asgi import Headers, Message, Receive, Scope
from taskyard.kit.problems import HeadersTooLarge, MalformedRequest, MethodNotAllowed, PayloadTooLarge
from taskyard.kit.requests import CLIENT_ADDRESS, REQUEST_ID, TRACE_ID, request_ids
from taskyard.kit.whole_request import MAX_BODY_BYTES

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HEADER_BYTES = 16 * 1024
_LINE_OVERHEAD = 4  # ": " and the end of the line
_AMBIGUOUS_PATH = re.compile(rb"//|;|\\|/\.\.?(?:/|$)|%(?:2[ef]|5c|3b|[01][0-9a-f]|7f)|%(?![0-9a-f]{2})", re.IGNORECASE)
_SINGLE = frozenset(
    {b"host", b"content-length", b"content-type", b"transfer-encoding", b"authorization", b"cookie"}
    | {b"x-request-id", b"idempotency-key", b"if-match", b"traceparent", b"origin", b"x-api-key"}
    | {b"x-taskyard-canary"}
)
_CREDENTIALS = frozenset({b"authorization", b"cookie", b"x-api-key"})
_STRIPPED = (b"x-forwarded-", b"x-user-", b"taskyard-")


def identify(scope: Scope, headers: Mapping[bytes, bytes], trusted: tuple[Network, ...]) -> None:
    """Give the request its request id, trace id and client address. Never refuses."""
    scope[REQUEST_ID], scope[TRACE_ID] = request_ids(headers)
    scope[CLIENT_ADDRESS] = client_address(scope, trusted)


def check(scope: Scope, headers: Mapping[bytes, bytes], longest_body: int = MAX_BODY_BYTES) -> None:
    """Refuse what is too large or could be read in two ways. Raises the Problem."""
    fields: Headers = scope["headers"]
    if sum(len(name) + len(value) + _LINE_OVERHEAD for name, value in fields) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(headers={"Connection": "close"})
    if len(headers) != len(fields):
        _refuse_repeated(fields)
    if b"host" not in headers and scope.get("http_version") == "1.1":
        raise MalformedRequest("The Host header is missing.", headers={"Connection": "close"})
    if scope.get("method", "GET") not in METHODS:  # a WebSocket has none
        raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(METHODS))})
    if _AMBIGUOUS_PATH.search(scope.get("raw_path") or scope["path"].encode()):
        raise MalformedRequest("The path has an encoded or doubled separator, a dot segment or a control character.")
    _check_length(headers, longest_body)


def client_address(scope: Scope, trusted: tuple[Network, ...]) -> str:
    """The nearest address that is not a trusted proxy; X-Forwarded-For counts only from trusted ones."""
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    if not trusted or not _is_trusted(peer, trusted):
        return peer
    named = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    for part in reversed(named.decode("latin-1").split(",")):
        address = _address(part.strip())
        if address is None:
            break
        peer = str(address)
        if not _is_trusted(peer, trusted):
            break
    return peer


def strip_claims(scope: Scope) -> None:
    """Remove the headers by which a client could pretend to be a proxy or a person."""
    fields: Headers = scope["headers"]
    if any(name.startswith(_STRIPPED) for name, _ in fields) or any(name == b"forwarded" for name, _ in fields):
        kept = [field for field in fields if not field[0].startswith(_STRIPPED) and field[0] != b"forwarded"]
        scope["headers"] = kept


def strip_credentials(scope: Scope) -> None:
    """Remove whatever says who asks, where that makes no difference; nothing of it goes on to a service."""
    scope["headers"] = [field for field in scope["headers"] if field[0] not in _CREDENTIALS]


class BoundedBody:
    """The request's body as it arrives, refused once it is longer than allowed (chunked bodies too)."""

    def __init__(self, receive: Receive, limit: int, when_whole: Callable[[], Awaitable[None]] | None = None) -> None:
        """``when_whole`` is waited for before the last part is handed on."""
        self._receive = receive
        self._left = limit
        self._when_whole = when_whole

    async def __call__(self) -> Message:
        """The next message of the client. Raises PayloadTooLarge, and what ``when_whole`` raises."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise PayloadTooLarge(headers={"Connection": "close"})
            if self._when_whole is not None and not message.get("more_body", False):
                await self._when_whole()
        return message


def expects_body(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a body follows the head of a request."""
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What one rate limit covers: an IPv4 address, or the /64 an IPv6 customer is given."""
    parsed = _address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed or "unknown")


def _refuse_repeated(fields: Headers) -> None:
    seen: set[bytes] = set()
    for name, _ in fields:
        if name in seen and name in _SINGLE:
            raise MalformedRequest(f"The header {name.decode()} is there twice.", headers={"Connection": "close"})
        seen.add(name)


def _check_length(headers: Mapping[bytes, bytes], longest: int) -> None:
    length = headers.get(b"content-length")
    if headers.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
        raise MalformedRequest("Only the transfer coding chunked is known.", headers={"Connection": "close"})
    if length is None:
        return
    if b"transfer-encoding" in headers or not length.isdigit():
        raise MalformedRequest("The length of the body is ambiguous.", headers={"Connection": "close"})
    if len(length) > 18 or int(length) > longest:
        raise PayloadTooLarge(headers={"Connection": "close"})


@lru_cache(maxsize=4096)
def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
