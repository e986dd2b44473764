"""What the door knows of a request beyond HTTP: its ids, the caller's address, the cause of a write."""

from typing import Any

from taskyard.kit.database import Cause
from taskyard.kit.principal import PRINCIPAL

REQUEST_ID = "taskyard.request_id"
TRACE_ID = "taskyard.trace_id"
CLIENT_ADDRESS = "taskyard.client_address"


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
    return Cause(actor_id=principal.id if principal else None, request_id=request_id_of(scope))
