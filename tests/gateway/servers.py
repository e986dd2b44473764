"""Real HTTP servers for the proxy to talk to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from taskyard.composition.connections import BoundedConnection
from taskyard.kit.asgi import App
from taskyard.kit.upstreams.upstream import Upstream


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def upstream_at(service: str, *ports: int) -> Upstream:
    """A service at some ports of this machine."""
    return Upstream(service, [f"http://127.0.0.1:{port}" for port in ports])


@asynccontextmanager
async def serving(app: App | None, port: int, *, sockets: bool = False) -> AsyncIterator[None]:
    """Serve an application on a port; without one nothing listens there."""
    if app is None:
        yield
        return
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=BoundedConnection if sockets else "auto",
        lifespan="off",
        ws="websockets-sansio" if sockets else "none",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers only a flag
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task
