"""Credentials that only their issuer can read, such as API keys: asked about once, then remembered.

A remembered one costs microseconds. It is checked again each time for expiry, for the address it is used from, and for
what the database said last of revocations and changes (``Identity.refresh``), so that either bites within a second.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Protocol

import msgspec

from taskyard.kit import clock
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied

REMEMBERED_SECONDS = 600
"""A change is published for a minute longer than this."""
_CACHE_SIZE = 10_000
_ASKED_AT_ONCE = 8
"""Whoever invents credentials waits in this line, and not in that for the database's connections."""


class AddressNotAllowed(PermissionDenied):
    """The credential may not be used from your network address."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential stands for. ``version`` grows with every change of it; ``networks`` may use it, none: any."""

    principal: Principal
    version: int
    networks: tuple[str, ...] = ()


class Open(Protocol):
    """How the issuer is asked; None when the credential opens nothing."""

    def __call__(self, *, credential: str) -> Awaitable[Opened | None]: ...  # noqa: D102 - said above


class _Remembered(msgspec.Struct, frozen=True):
    opened: Opened
    until: float


class Credentials:
    """The credentials of one kind that this process has seen."""

    def __init__(self, open_credential: Open, *, seconds: float = REMEMBERED_SECONDS) -> None:
        """``seconds`` bounds what is remembered, for credentials that can change without a new version."""
        self._open = open_credential
        self._seconds = seconds
        self._forgotten = 0
        self._cache: dict[str, _Remembered] = {}
        self._line = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._used: dict[str, None] = {}
        self.revoked: frozenset[str] = frozenset()
        self.versions: Mapping[str, int] = {}
        """Of the credentials that changed lately."""

    async def find(self, credential: str, address: str) -> Principal | None:
        """Whom a credential stands for; None when it opens nothing. Raises AddressNotAllowed and Unavailable."""
        opened = self._recall(credential) or await self._ask(credential)
        if opened is None or self._is_over(opened):
            self._cache.pop(credential, None)
            return None
        if opened.networks and not _is_inside(address, opened.networks):
            raise AddressNotAllowed(f"The credential may not be used from {address}.")
        self._used[opened.principal.credential_id] = None
        return opened.principal

    def forget(self) -> None:
        """Ask about everything again, also about what is being asked right now."""
        self._forgotten += 1
        self._cache.clear()

    def take_uses(self) -> list[str]:
        """The credentials that were used since this was asked last."""
        used, self._used = list(self._used), {}
        return used

    def _recall(self, credential: str) -> Opened | None:
        known = self._cache.get(credential)
        if known is None or known.until <= clock.now().timestamp():
            return None
        opened = known.opened
        return None if self.versions.get(opened.principal.credential_id, 0) > opened.version else opened

    async def _ask(self, credential: str) -> Opened | None:
        async with self._line:
            forgotten, until = self._forgotten, clock.now().timestamp() + self._seconds
            opened = await self._open(credential=credential)
        if opened is not None and forgotten == self._forgotten:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            self._cache[credential] = _Remembered(opened, until)
        return opened

    def _is_over(self, opened: Opened) -> bool:
        principal = opened.principal
        if principal.credential_id in self.revoked or principal.session_id in self.revoked:
            return True
        return principal.expires_at is not None and principal.expires_at <= clock.now().timestamp()


@lru_cache(maxsize=4096)
def _is_inside(address: str, networks: tuple[str, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in ip_network(network) for network in networks)
