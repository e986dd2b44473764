"""A service in another process, as an application: streams both ways over one pool of connections."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from taskyard.gateway.routes import STREAM_PATHS
from taskyard.gateway.socket_proxy import relay_socket
from taskyard.kit.asgi import Headers, Message, Receive, Scope, Send
from taskyard.kit.forwarding import CLIENT_HEADER, ClientSigner
from taskyard.kit.principal import LOOKED_UP, PRINCIPAL
from taskyard.kit.problems import DeadlineExceeded, OutcomeUnknown, Problem, Unavailable
from taskyard.kit.requests import client_address, onward_headers, request_id_of, trace_id_of
from taskyard.kit.sockets import is_socket
from taskyard.kit.tokens import AssertionSigner

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 30.0
"""The longest silence of a service, before and between the parts of its answer; streams send a heartbeat sooner."""
_IDLE_SECONDS = 3.0  # below the services' own keep-alive, so that they rarely close first
_CONNECTIONS = 256
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"}
    | {b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_NOT_FORWARDED = _HOP_BY_HOP | {b"host", b"expect", b"traceparent", b"x-request-id", CLIENT_HEADER}
_CREDENTIALS = frozenset({b"authorization", b"x-api-key"})
"""What goes no further where the gateway says itself who the caller is."""
_NOT_RETURNED = _HOP_BY_HOP | {b"server", b"date"}
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


class HttpProxy:
    """Forwards requests to one service; its connections open with the first request and end with ``close``."""

    def __init__(
        self,
        url: str,
        *,
        service: str,
        signer: ClientSigner,
        assertions: AssertionSigner | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._url = url.rstrip("/")
        self._service = service
        self._signer = signer
        self._assertions = assertions
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=answer_seconds)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """For streams, and for all else: what stays open for long takes no place from what is answered at once."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request or WebSocket. Raises Unavailable, OutcomeUnknown or DeadlineExceeded."""
        if is_socket(scope):
            session, headers = self._session(is_stream=True), self._request_headers(scope)
            await relay_socket(session, self._target(scope), headers, receive, send)
            return
        body = _Body(scope, receive)
        relay = asyncio.ensure_future(self._relay(scope, body, send))
        gone = asyncio.ensure_future(body.wait_until_gone())
        try:
            await asyncio.wait({relay, gone}, return_when=asyncio.FIRST_COMPLETED)
            if relay.done():
                await relay
        finally:
            for task in (relay, gone):
                task.cancel()
            await asyncio.gather(relay, gone, return_exceptions=True)

    async def close(self) -> None:
        """Close the connections."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def _relay(self, scope: Scope, body: "_Body", send: Send) -> None:
        started = False
        try:
            async with self._session(is_stream=scope["path"] in STREAM_PATHS).request(
                scope["method"],
                self._target(scope),
                headers=self._request_headers(scope),
                data=body.parts() if body.is_expected else None,
                allow_redirects=False,
            ) as response:
                started = True
                await _send_back(response, send)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if body.problem is not None:
                raise body.problem from error
            if started:
                raise  # too late for another answer; the connection to the client ends here
            raise _problem_of(error, scope["method"]) from error

    def _session(self, *, is_stream: bool) -> aiohttp.ClientSession:
        if is_stream not in self._sessions:
            self._sessions[is_stream] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0 if is_stream else _CONNECTIONS, keepalive_timeout=_IDLE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                timeout=self._timeout,
            )
        return self._sessions[is_stream]

    def _target(self, scope: Scope) -> URL:
        """The address, byte for byte as the client wrote it."""
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        return URL(self._url + path + (f"?{query}" if query else ""), encoded=True)

    def _request_headers(self, scope: Scope) -> CIMultiDict[str]:
        headers = CIMultiDict[str]()
        vouches = self._assertions if scope.get(LOOKED_UP) else None
        for name, value in _without(scope["headers"], _NOT_FORWARDED | _CREDENTIALS if vouches else _NOT_FORWARDED):
            headers.add(name.decode("latin-1"), value.decode("latin-1"))
        headers.update(onward_headers(request_id_of(scope), trace_id_of(scope)))
        headers[CLIENT_HEADER.decode()] = self._signer.sign(self._service, client_address(scope))
        if vouches is not None:
            headers["Authorization"] = f"Bearer {vouches.sign(self._service, scope[PRINCIPAL])}"
        return headers


class _Body:
    """The client's side of a forwarded request: its body, and later the news that it has gone away."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        names = {name: value for name, value in scope["headers"] if name in {b"content-length", b"transfer-encoding"}}
        self.is_expected = b"transfer-encoding" in names or names.get(b"content-length", b"0") != b"0"
        self.problem: Problem | None = None
        self._receive = receive
        self._consumed = asyncio.Event()
        if not self.is_expected:
            self._consumed.set()

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it arrives; a refusal on the way is kept in ``problem``."""
        more = True
        while more:
            message = await self._next()
            if message["type"] == "http.disconnect":
                break
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self._consumed.set()

    async def wait_until_gone(self) -> None:
        """Return when the client has closed its connection."""
        await self._consumed.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _next(self) -> Message:
        try:
            return await self._receive()
        except Problem as problem:
            self.problem = problem
            raise


async def _send_back(response: aiohttp.ClientResponse, send: Send) -> None:
    headers = _without([(name.lower(), value) for name, value in response.raw_headers], _NOT_RETURNED)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for chunk in response.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _without(headers: Headers, dropped: frozenset[bytes]) -> Headers:
    """The headers without those that concern one connection only (RFC 9110, 7.6.1)."""
    named = {part.strip().lower() for name, value in headers if name == b"connection" for part in value.split(b",")}
    return [(name, value) for name, value in headers if name not in dropped and name not in named]


def _problem_of(error: Exception, method: str) -> Problem:
    """What a failure before the answer means; a write that was sent may have been carried out."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Unavailable()
    if isinstance(error, TimeoutError):
        return DeadlineExceeded()
    return Unavailable() if method in _REPEATABLE else OutcomeUnknown()
