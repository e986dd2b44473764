"""Where Redis is: a URL of one server, or one that names the sentinels who know the servers.

``redis+sentinel://:password@host:port,host:port/name`` lists the sentinels and says under which name they know the
servers; the password is that of servers and sentinels alike.
"""

from urllib.parse import unquote, urlsplit

import msgspec

SCHEME = "redis+sentinel"
SENTINEL_PORT = 26_379
SERVER_PORT = 6_379


class SentinelAddress(msgspec.Struct, frozen=True):
    """Where the sentinels are, what they call the servers, and the password of both."""

    hosts: tuple[tuple[str, int], ...]
    name: str
    password: str | None


def parse_sentinel_address(text: str) -> SentinelAddress:
    """Read a URL that names sentinels; raises ValueError when it is none."""
    parts = urlsplit(text)
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    name = parts.path.removeprefix("/")
    if parts.scheme != SCHEME or user or not name or "/" in name or parts.query or parts.fragment:
        raise ValueError(text)
    return SentinelAddress(tuple(_parse_host(host) for host in hosts.split(",")), name, unquote(password) or None)


def is_sentinel(url: str) -> bool:
    """Say whether a URL names sentinels rather than a server."""
    return url.startswith(f"{SCHEME}:")


def addresses_of(url: str) -> tuple[tuple[str, int], ...]:
    """Give every host and port that a URL of Redis names; a socket file has none."""
    if is_sentinel(url):
        return parse_sentinel_address(url).hosts
    parts = urlsplit(url)
    return () if parts.scheme == "unix" or parts.hostname is None else ((parts.hostname, parts.port or SERVER_PORT),)


def _parse_host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.netloc != text:
        raise ValueError(text)
    return parts.hostname, SENTINEL_PORT if parts.port is None else parts.port
