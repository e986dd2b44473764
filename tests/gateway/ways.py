"""A service behind ways that can fail, and somebody who asks it through the gateway's proxy."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
from joserfc.jwk import OKPKey

from taskyard.gateway.proxy import HttpProxy
from taskyard.kit.asgi import App, ask
from taskyard.kit.forwarding import ClientSigner
from taskyard.kit.problems import Problem
from taskyard.kit.upstreams.upstream import Upstream
from tests.gateway.fakes import echo
from tests.gateway.fault_proxy import FaultProxy, faulty
from tests.gateway.servers import free_port, serving, upstream_at

KEY = OKPKey.generate_key("Ed25519")
PATH = "/api/v1/tasks"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Asked(msgspec.Struct):
    """How a request ended: its status, the refusal's code, and when to come again."""

    status: int
    code: str = ""
    retry_after: str | None = None


class Way:
    """The gateway's proxy before a service, and the network between them."""

    def __init__(self, proxy: HttpProxy, networks: list[FaultProxy], clock: Clock) -> None:
        self.proxy = proxy
        self.networks = networks
        self.clock = clock

    @property
    def upstream(self) -> Upstream:
        """What the proxy knows of the service."""
        return self.proxy.upstream

    @property
    def methods(self) -> list[str]:
        """Of every request that left the gateway."""
        return [method for network in self.networks for method in network.methods]

    @property
    def breaker(self) -> str:
        """How the breaker is."""
        return self.proxy.upstream.breaker.state

    async def ask(self, method: str = "GET", *, body: bytes = b"", key: str = "") -> Asked:
        """Send one request."""
        headers: list[tuple[bytes, bytes]] = [(b"content-length", str(len(body)).encode())] if body else []
        headers += [(b"idempotency-key", key.encode())] if key else []
        try:
            reply = await ask(self.proxy, PATH, method=method, headers=headers, content=body)
        except Problem as problem:
            return Asked(problem.status, problem.code(), problem.headers.get("Retry-After"))
        return Asked(reply.status)

    async def ask_often(self, count: int, method: str = "GET") -> list[int]:
        """Send requests one after the other; their statuses."""
        return [(await self.ask(method)).status for _ in range(count)]


@asynccontextmanager
async def ways(count: int = 1, *, app: App = echo, seconds: float = 5.0) -> AsyncIterator[Way]:
    """A service at so many addresses, as the gateway sees it."""
    port, clock = free_port(), Clock()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(app, port))
        networks = [await stack.enter_async_context(faulty(port)) for _ in range(count)]
        upstream = upstream_at("task", *(network.port for network in networks))
        upstream.clock = clock
        proxy = HttpProxy(upstream, signer=ClientSigner(KEY), answer_seconds=seconds)
        stack.push_async_callback(proxy.close)
        yield Way(proxy, networks, clock)


def each(networks: Iterable[FaultProxy], **changes: object) -> None:
    """Tell all networks the same."""
    for network in networks:
        for name, value in changes.items():
            setattr(network, name, value)
