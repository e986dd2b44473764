"""Requests to addresses that strangers chose: webhooks, identity providers.

None of them reaches a private network: not by its address, not by a name that means one, and not by a name that
means another one a moment later, because the address is looked at once more when the socket is made. Redirects are
not followed, nothing is unpacked, and of an answer only the beginning is read. Everything has its time.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from taskyard.kit.setting_values import Network

CONNECT_SECONDS = 5.0
"""The longest wait for a name and a connection."""
WHOLE_SECONDS = 15.0
"""The longest that a request may take to the head of its answer."""
BODY_SECONDS = 2.0
"""The longest wait for the beginning of a body once its head is there."""
NAME_THREADS = 32
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class AddressRefused(OSError):  # noqa: N818 - as the refusals: the name says what happened
    """The address is on a private network."""


class Unreachable(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """No answer came; the message says why, without naming an address."""


class Answer(msgspec.Struct, frozen=True):
    """What came back: the status, the headers with lower-case names, and the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    beginning: bytes


class Boundary:
    """Which addresses may be reached: public ones by https, and those in networks that a setting names."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def is_allowed(self, address: str, scheme: str = "https") -> bool:
        """Whether requests may go to an address, written as a number."""
        ip = _embedded(ipaddress.ip_address(address.partition("%")[0]))
        is_public = ip.is_global and not ip.is_multicast
        return (is_public and scheme == "https") or any(ip in network for network in self._allowed)

    def find_fault(self, url: str) -> str | None:
        """Why no request can ever go to a URL, as far as that can be said without asking for names."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "This is not a URL."
        if parts.scheme not in _PORTS or not host or port == 0 or not url.isascii() or not url.isprintable():
            return "Expected a URL that starts with https://."
        if parts.username is not None or parts.password is not None or parts.fragment or " " in url:
            return "A URL with credentials, blanks or a fragment is not taken."
        if parts.scheme == "http" and not self._allowed:
            return "Expected https: what is sent would travel in the open."
        if _is_number(host) and not self.is_allowed(host, parts.scheme):
            return "Requests to this address are refused."
        return None


def _embedded(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Names(AbstractResolver):
    """Asks for names in threads of its own, so that servers which do not answer keep nothing else waiting."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._is_allowed = is_allowed
        self._threads = ThreadPoolExecutor(NAME_THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name that may be reached. Raises AddressRefused when there is none among them."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port, family)
        permitted = [info for info in found if self._is_allowed(str(info[4][0]))]
        if not permitted:
            raise AddressRefused("the name means an address on a private network")
        return [
            ResolveResult(hostname=host, host=str(info[4][0]), port=port, family=info[0], proto=info[2], flags=_NUMERIC)
            for info in permitted
        ]

    async def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


def _look_up(host: str, port: int, family: int) -> list[Any]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)


class Outbound:
    """A client for such requests. Each has a connection of its own."""

    def __init__(self, boundary: Boundary) -> None:
        self._boundary = boundary
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def get(self, url: str, headers: Mapping[str, str], *, keep: int = 1024) -> Answer:
        """Ask for what is there; the answer with the first ``keep`` bytes of its body. Raises Unreachable."""
        return await self._send("GET", url, None, headers, keep=keep)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, keep: int = 1024) -> Answer:
        """Send a body; the answer with the first ``keep`` bytes of its own. Raises Unreachable."""
        return await self._send("POST", url, body, headers, keep=keep)

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, keep: int
    ) -> Answer:
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                response = await self._opened(urlsplit(url).scheme).request(
                    method, url, data=body, headers={"Accept-Encoding": "identity", **headers}, allow_redirects=False
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(_reason(error)) from error
        try:
            beginning = await _read_beginning(response, keep)
        finally:
            response.close()
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, beginning)

    async def close(self) -> None:
        """Close the client."""
        for session in self._sessions.values():
            await session.close()

    def _opened(self, scheme: str) -> aiohttp.ClientSession:
        if scheme not in self._sessions:
            self._sessions[scheme] = _open_session(partial(self._boundary.is_allowed, scheme=scheme))
        return self._sessions[scheme]


def _open_session(is_allowed: Callable[[str], bool]) -> aiohttp.ClientSession:
    def make_socket(info: Any) -> socket.socket:
        """The last look at an address, which was written as a number, or may have changed since the first."""
        family, kind, protocol, _, address = info
        if not is_allowed(str(address[0])):
            raise AddressRefused("the address is on a private network")
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(
        resolver=_Names(is_allowed), use_dns_cache=False, force_close=True, limit=0, socket_factory=make_socket
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=WHOLE_SECONDS + BODY_SECONDS, connect=CONNECT_SECONDS),
    )


async def _read_beginning(response: aiohttp.ClientResponse, keep: int) -> bytes:
    """The first bytes of a body; what does not come in time is not waited for."""
    beginning = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while len(beginning) < keep and (part := await response.content.read(keep - len(beginning))):
                beginning += part
    except (aiohttp.ClientError, OSError):
        pass
    return beginning


def _reason(error: BaseException) -> str:
    """What happened, in words that may be shown to whoever chose the address."""
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
        causes.append(cause)
    if any(isinstance(cause, AddressRefused) for cause in causes) or isinstance(error, aiohttp.InvalidURL):
        return "the address is refused"
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return "no answer in time"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "the name is unknown"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "the certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    return "the connection broke before an answer came"
