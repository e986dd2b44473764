"""Maintenance: a deployment that changes nothing, or answers nobody, while somebody works on it.

A file says so, which is looked at while requests are answered (``kit/watched_file.py``). Probes and signing out go on
whatever it says: who restarts processes must not take this for a fault, and whoever fears for an account must not wait.
"""

from ipaddress import ip_address, ip_network
from typing import Annotated, Literal

import msgspec

from taskyard.gateway.routes import READ_METHODS, SIGN_OUT_PATHS, service_of
from taskyard.kit.asgi import Scope
from taskyard.kit.problems import Unavailable
from taskyard.kit.requests import CLIENT_ADDRESS
from taskyard.kit.setting_values import Network
from taskyard.kit.watched_file import FileError

SESSION_PREFIXES = ("/api/v1/auth/", "/oauth/")
"""Signing in and what belongs to it: without it nobody could read for longer than a token lasts."""


class Maintenance(Unavailable):
    """Taskyard is being worked on; try again later."""


class Closure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is closed, when to come again, and the networks for which nothing is."""

    closed: Literal["writes", "everything"]
    retry_after: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 60
    """Seconds."""
    open_to: list[str] = []


class MaintenanceMode:
    """What is closed at the moment."""

    def __init__(self) -> None:
        self._closure: Closure | None = None
        self._open_to: tuple[Network, ...] = ()

    def follow(self, content: bytes | None) -> None:
        """Close what a file says; without one all is open. Raises FileError."""
        closure = read_closure(content)
        self._open_to = tuple(map(ip_network, closure.open_to)) if closure else ()
        self._closure = closure

    def check(self, scope: Scope, method: str) -> None:
        """Refuse a request to what is closed. Raises Maintenance."""
        closure = self._closure
        if closure is None or _goes_on(closure, method, scope["path"]) or self._is_open_to(scope[CLIENT_ADDRESS]):
            return
        what = "nothing is answered" if closure.closed == "everything" else "nothing can be changed"
        raise Maintenance(
            f"Taskyard is being worked on; meanwhile {what}.", headers={"Retry-After": str(closure.retry_after)}
        )

    def _is_open_to(self, address: str) -> bool:
        try:
            client = ip_address(address)
        except ValueError:
            return False
        return any(client in network for network in self._open_to)


def read_closure(content: bytes | None) -> Closure | None:
    """What a file closes; None is a file that is not there. Raises FileError."""
    if content is None:
        return None
    try:
        closure = msgspec.toml.decode(content, type=Closure)
        for network in closure.open_to:
            ip_network(network)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FileError(str(error)) from error
    return closure


def _goes_on(closure: Closure, method: str, path: str) -> bool:
    if service_of(path) is None or path.rstrip("/") in SIGN_OUT_PATHS:  # the gateway's own pages and probes
        return True
    return closure.closed == "writes" and (method in READ_METHODS or path.startswith(SESSION_PREFIXES))
