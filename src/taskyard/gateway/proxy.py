"""A service in other processes, as an application: streams both ways over one pool of connections an address."""

import aiohttp

from taskyard.gateway.client_side import ClientSide
from taskyard.gateway.errand import Errand
from taskyard.gateway.onward import Onward, target_at
from taskyard.gateway.patience import Patience
from taskyard.gateway.routes import STREAM_PATHS
from taskyard.gateway.socket_proxy import relay_socket
from taskyard.kit.asgi import Message, Receive, Scope, Send
from taskyard.kit.forwarding import ClientSigner
from taskyard.kit.problems import Problem
from taskyard.kit.sockets import is_socket
from taskyard.kit.tokens import AssertionSigner
from taskyard.kit.upstreams.addresses import Address
from taskyard.kit.upstreams.probing import is_ready
from taskyard.kit.upstreams.upstream import Upstream, Visit

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 30.0
"""Until an answer begins, and its longest silence after that; streams send a heartbeat sooner."""
BODY_SECONDS = 60.0
"""So much longer where a body goes through as it arrives, which may take so long."""
_IDLE_SECONDS = 3.0  # below the services' own keep-alive, so that they rarely close first
_CONNECTIONS = 256


class HttpProxy:
    """Forwards requests to one service; its connections open with the first request and end with ``close``."""

    def __init__(
        self,
        upstream: Upstream,
        *,
        signer: ClientSigner,
        assertions: AssertionSigner | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        service: str = "",
    ) -> None:
        """``service`` is whom requests are for, where the upstream has another name."""
        self.upstream = upstream
        self._onward = Onward(service or upstream.service, signer, assertions)
        self._answer_seconds = answer_seconds
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=answer_seconds)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """For streams, and for all else: what stays open for long takes no place from what is answered at once."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request or WebSocket. Raises Unavailable, OutcomeUnknown or DeadlineExceeded."""
        await self.forward(scope, receive, send, is_trial=self.upstream.begin())

    async def forward(self, scope: Scope, receive: Receive, send: Send, *, is_trial: bool) -> None:
        """The same for a request that the breaker has let through."""
        if is_socket(scope):
            await self._relay_socket(scope, receive, send, is_trial=is_trial)
            return
        client = ClientSide(scope["headers"], receive)
        if not await client.read():
            return
        seconds = self._answer_seconds + (BODY_SECONDS if client.is_streamed else 0.0)
        is_stream = scope["path"] in STREAM_PATHS
        with Patience(client, None if is_stream else seconds) as patience:
            session, headers = self._session(is_stream=is_stream), self._onward.headers(scope)
            errand = Errand(self.upstream, session, scope=scope, headers=headers, client=client, patience=patience)
            await errand.run(send, is_trial=is_trial)

    async def look(self) -> None:
        """See to the addresses; repeated in the background."""
        await self.upstream.look(self._probe)

    async def close(self) -> None:
        """Close the connections."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    def _session(self, *, is_stream: bool) -> aiohttp.ClientSession:
        """The connections for what stays open, or for what is answered at once."""
        if is_stream not in self._sessions:
            session = self._sessions[is_stream] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, limit_per_host=0 if is_stream else _CONNECTIONS, keepalive_timeout=_IDLE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                timeout=self._timeout,
            )
            session._retry_connection = False  # noqa: SLF001 - it would send a PUT again without asking; no other switch
        return self._sessions[is_stream]

    async def _probe(self, address: Address) -> bool:
        return await is_ready(self._session(is_stream=False), address)

    async def _relay_socket(self, scope: Scope, receive: Receive, send: Send, *, is_trial: bool) -> None:
        address = self.upstream.choose()
        headers = self._onward.headers(scope)
        if address.name:
            headers["Host"] = address.name
        with self.upstream.visit(address, is_trial=is_trial) as visit:

            async def opening(message: Message) -> None:
                if message["type"] == "websocket.accept":
                    visit.note_answer(101, retry_after=None)
                await send(message)

            url = target_at(address.url, scope)
            try:
                await relay_socket(self._session(is_stream=True), url, headers, receive, opening)
            except Problem as problem:
                _note_refusal(visit, problem)
                raise


def _note_refusal(visit: Visit, problem: Problem) -> None:
    """A WebSocket was not opened: because the service said so, or because there was none."""
    answer = problem.__cause__
    if isinstance(answer, aiohttp.WSServerHandshakeError):
        headers = answer.headers
        visit.note_answer(answer.status, retry_after=headers.get("Retry-After") if headers is not None else None)
    else:
        visit.note_failure("connection")
