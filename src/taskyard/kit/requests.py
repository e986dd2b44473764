"""What the door knows of a request beyond HTTP: its ids, the caller's address, the cause of a write."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from taskyard.kit.database import Cause
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL

REQUEST_ID = "taskyard.request_id"
TRACE_ID = "taskyard.trace_id"
CLIENT_ADDRESS = "taskyard.client_address"


_REQUEST_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def request_ids(headers: Mapping[bytes, bytes]) -> tuple[str, str]:
    """The request id (X-Request-ID where well formed) and the trace id (W3C traceparent), made up where missing."""
    asked_for, made = headers.get(b"x-request-id", b""), new_id()
    request_id = asked_for.decode() if _REQUEST_ID.fullmatch(asked_for) else made
    return request_id, _trace_id(headers.get(b"traceparent", b"")) or made.replace("-", "")


def _trace_id(traceparent: bytes) -> str | None:
    """The trace id of a W3C traceparent; None when it is malformed or all zeros."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or traceparent.startswith(b"ff") or (traceparent.startswith(b"00") and match[3]):
        return None
    if not match[1].strip(b"0") or not match[2].strip(b"0"):
        return None
    return match[1].decode()


def onward_headers(request_id: str, trace_id: str) -> dict[str, str]:
    """What tells the next process which request it works for: X-Request-ID, and traceparent with a span of its own."""
    headers = {}
    if request_id:
        headers["X-Request-ID"] = request_id
    if trace_id:
        headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
    return headers


def header(scope: Any, name: bytes) -> str | None:
    """The value of one header, named in lower case; None when absent."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def request_id_of(scope: Any) -> str:
    """The id under which this request appears in logs and events."""
    return str(scope.get(REQUEST_ID, ""))


def trace_id_of(scope: Any) -> str:
    """The W3C trace id of this request."""
    return str(scope.get(TRACE_ID, "") or request_id_of(scope))


def client_address(scope: Any) -> str:
    """The network address the request came from, trusted proxies taken into account by the gateway."""
    address = scope.get(CLIENT_ADDRESS)
    if address:
        return str(address)
    client = scope.get("client")
    return str(client[0]) if client else ""


def cause_of(scope: Any) -> Cause:
    """Who writes, for the change log."""
    principal = scope.get(PRINCIPAL)
    actor_id = principal.id if principal else None
    return Cause(actor_id=actor_id, request_id=request_id_of(scope), address=client_address(scope))
