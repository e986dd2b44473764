"""Browsers: signed in by a cookie, which only pages of our own origin may use to change anything.

Only the gateway takes cookies. To a service in another process it says whom one stands for by an assertion.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from taskyard.kit import clock
from taskyard.kit.credentials import Credentials, Opened
from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from taskyard.kit.problems import ForeignOrigin
from taskyard.kit.queries import identity as queries
from taskyard.kit.requests import client_address, header

IDLE_LIFETIME = timedelta(days=30)
"""A session that nobody used for so long has ended."""
_NOTE_USE_EVERY = timedelta(hours=1)
_REMEMBERED_SECONDS = 4.0
"""A session can get another cookie, which without Redis nobody hears of sooner."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_COOKIE = 100


class BrowserSessions:
    """The sessions that cookies stand for."""

    def __init__(self, database: Database, *, public_url: str) -> None:
        self._database = database
        self._name = cookie_name(public_url, "session")
        self._origin = origin_of(public_url)
        self.sessions = Credentials(self._look_up, seconds=_REMEMBERED_SECONDS)

    async def authenticate(self, scope: Any) -> Principal | None:
        """The caller by the session cookie; None without a good one. Raises ForeignOrigin."""
        value = read_cookie(scope, self._name)
        if value is None or len(value) > _LONGEST_COOKIE:
            return None
        principal = await self.sessions.find(value, client_address(scope))
        if principal is not None and not self._may_use(scope):
            raise ForeignOrigin
        return principal

    def _may_use(self, scope: Any) -> bool:
        """Whether the request reads, or comes from a page of ours: the browser says so, and no page can make it lie.

        Forms of pages without a referrer send the origin ``null``, so there the browser's metadata counts (Fetch
        Metadata). Anything may open a WebSocket, whose answers it can read: that is no reading.
        """
        if scope["type"] == "http" and scope["method"] in _READS:
            return True
        return header(scope, b"origin") == self._origin or header(scope, b"sec-fetch-site") == "same-origin"

    async def _look_up(self, *, credential: str) -> Opened | None:
        now = clock.now()
        row = await queries.find_browser_session(self._database, hash_of_cookie(credential), now, now - IDLE_LIFETIME)
        if row is None:
            return None
        session_id, person_id, signed_in_at, seen_at, expires_at, is_strong = row
        if now - seen_at > _NOTE_USE_EVERY:
            await queries.note_session_use(self._database, session_id, now)
        principal = Principal(
            id=person_id,
            session_id=session_id,
            signed_in_at=datetime.fromtimestamp(int(signed_in_at.timestamp()), UTC),
            is_strong=is_strong,
            expires_at=int(expires_at.timestamp()),
        )
        return Opened(principal=principal, version=1)


def cookie_name(public_url: str, purpose: str) -> str:
    """What a cookie is called: with the prefix that binds it to this host, where there is TLS (RFC 6265bis)."""
    return f"__Host-taskyard-{purpose}" if public_url.startswith("https:") else f"taskyard-{purpose}"


def read_cookie(scope: Any, name: str) -> str | None:
    """The value of one cookie; None when absent."""
    for part in (header(scope, b"cookie") or "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None


def hash_of_cookie(value: str) -> bytes:
    """What is stored of a cookie; 256 random bits need no slow hash."""
    return hashlib.sha256(value.encode()).digest()


def origin_of(url: str) -> str:
    """The origin of an address, as browsers send it (RFC 6454)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
