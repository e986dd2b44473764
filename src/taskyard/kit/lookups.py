"""Credentials whose meaning only the database knows: the cookie of a browser, an API key.

Each is looked up once and remembered for seconds, so that asking again costs microseconds. Whatever was remembered is
forgotten when anybody is revoked, which every process hears of at once, or without Redis within those seconds.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable

import msgspec

from taskyard.kit import clock
from taskyard.kit.principal import Principal

REMEMBER_SECONDS = 4.0
_CACHE_SIZE = 10_000


class Found(msgspec.Struct, frozen=True):
    """Whom a credential stands for, if anybody, and until when that is believed (by the monotonic clock)."""

    principal: Principal | None
    believed_until: float


class Lookups:
    """Whom the credentials of one kind stand for."""

    def __init__(self, look_up: Callable[[str], Awaitable[Principal | None]]) -> None:
        self._look_up = look_up
        self._found: dict[bytes, Found] = {}
        self._revocations = 0

    async def principal(self, credential: str) -> Principal | None:
        """Whom a credential stands for; None when it is unknown, has ended or was revoked."""
        key = hashlib.sha256(credential.encode()).digest()
        found = self._found.get(key)
        if found is None or found.believed_until <= time.monotonic():
            found = await self._find(key, credential)
        principal = found.principal
        if principal is None or (principal.expires_at is not None and principal.expires_at <= clock.now().timestamp()):
            return None
        return principal

    def forget(self) -> None:
        """Somebody was revoked: look everything up again, also what is being looked up right now."""
        self._revocations += 1
        self._found.clear()

    async def _find(self, key: bytes, credential: str) -> Found:
        known, until = self._revocations, time.monotonic() + REMEMBER_SECONDS
        found = Found(await self._look_up(credential), until)
        if known == self._revocations:
            if len(self._found) >= _CACHE_SIZE:
                self._found.clear()
            self._found[key] = found
        return found
