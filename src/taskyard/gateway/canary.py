"""A canary: a share of the callers of a service is answered by its next version, at addresses of its own.

Who belongs to the share is decided by who asks, so one caller stays with one version for as long as the share is not
made smaller; who wants to try, or not to, says so in a header. Where the next version fails, its breaker opens, and
everybody is answered by the present one.
"""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import msgspec

from taskyard.gateway.admission import network_of
from taskyard.kit.asgi import Receive, Scope, Send
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.problems import Unavailable, invalid
from taskyard.kit.requests import client_address, header
from taskyard.kit.setting_values import parse_web_addresses
from taskyard.kit.upstreams import numbers
from taskyard.kit.watched_file import FileError

if TYPE_CHECKING:  # its HTTP client is a sixth of the start
    from taskyard.gateway.proxy import HttpProxy

HEADER = b"x-taskyard-canary"
WISHES = {"always": True, "never": False, None: None}
_SLICES = 10_000


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the next version of a service is, and the share of the callers that it answers."""

    urls: str
    """One or several, separated by commas."""
    percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0

    @property
    def addresses(self) -> tuple[str, ...]:
        """The URLs. Raises ValueError."""
        return parse_web_addresses(self.urls)


class Shares(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says: a share by service."""

    auth: Share | None = None
    project: Share | None = None
    task: Share | None = None
    notification: Share | None = None


def read_shares(content: bytes | None) -> Shares:
    """What a file says, nothing where there is none. Raises FileError."""
    if content is None:
        return Shares()
    try:
        shares = msgspec.toml.decode(content, type=Shares)
        for service in Shares.__struct_fields__:
            share: Share | None = getattr(shares, service)
            if share is not None:
                _ = share.addresses
    except (msgspec.MsgspecError, ValueError) as error:
        raise FileError(str(error)) from error
    return shares


class Canary:
    """A service, as an application: its present version, and the next one where there is one to try."""

    def __init__(self, present: "HttpProxy", make: "Callable[[tuple[str, ...]], HttpProxy]") -> None:
        """``make`` gives the way to the next version, at such addresses."""
        self._service = present.upstream.service
        self._present = present
        self._make = make
        self._next: HttpProxy | None = None
        self._share: Share | None = None
        self._left: list[HttpProxy] = []
        """What was the next version once; requests may still be under way there."""

    def use(self, share: Share | None) -> None:
        """Try the next version with another share of the callers, somewhere else, or no longer."""
        if share is None or self._share is None or share.addresses != self._share.addresses:
            if self._next is not None:
                self._next.upstream.forget()
                self._left.append(self._next)
            self._next = None if share is None else self._make(share.addresses)
        self._share = share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request or WebSocket to the version it is for; raises what ``HttpProxy`` does."""
        chosen, share = self._next, self._share
        if chosen is not None and share is not None and _is_for_next(scope, share.percent):
            is_trial = _begin(chosen)
            numbers.count_canary(self._service, "fallen_back" if is_trial is None else "next")
            if is_trial is not None:
                await chosen.forward(scope, receive, send, is_trial=is_trial)
                return
        await self._present(scope, receive, send)

    async def look(self) -> None:
        """See to the addresses of both; repeated in the background."""
        await self._present.look()
        if self._next is not None:
            await self._next.look()

    async def close(self) -> None:
        """Close all connections."""
        for proxy in (self._present, *([self._next] if self._next else []), *self._left):
            await proxy.close()


def _begin(proxy: "HttpProxy") -> bool | None:
    """Whether a request is a trial of the breaker's; None where it should not be sent there."""
    try:
        return None if proxy.upstream.is_away else proxy.upstream.begin()
    except Unavailable:
        return None


def _wish(scope: Scope) -> bool | None:
    """Whether a request wants to try, where it says so. Raises InvalidInput."""
    text = header(scope, HEADER)
    if text not in WISHES:
        raise invalid(f"/headers/{HEADER.decode()}", "Expected `always` or `never`.")
    return WISHES[text]


def _is_for_next(scope: Scope, percent: float) -> bool:
    wish = _wish(scope)
    if wish is not None:
        return wish
    principal = scope.get(PRINCIPAL)
    caller = principal.id if principal is not None else network_of(client_address(scope))
    drawn = int.from_bytes(hashlib.blake2b(caller.encode(), digest_size=8).digest(), "big") % _SLICES
    return drawn < percent * _SLICES / 100
