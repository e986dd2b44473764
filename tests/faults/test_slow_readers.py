"""Drill 19: readers that do not read cost at most 1 MiB each, and others do not notice them."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from taskyard.composition.connections import BoundedConnection
from taskyard.kit.asgi import App, Receive, Scope, Send
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal, weak_id
from taskyard.notification.streams import EventHub
from taskyard.notification.streams import subscription as subscription_module
from tests.faults.continuity import list_breaks
from tests.notification.company import Company, Task
from tests.notification.door import Door, OpenStream

SLOW = 10
EVENTS = 240
SIZE = 20_000
BAR_BYTES = 1024 * 1024
BAR_SECONDS = 1.0


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[uvicorn.Server]:
    """Our server on a port of its own."""
    config = uvicorn.Config(
        app, http=BoundedConnection, ws="none", lifespan="off", log_config=None, port=0, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers only a flag
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.should_exit = True
        await task


def as_caller(door: Door) -> App:
    """The service for whoever a header names."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        scope[PRINCIPAL] = Principal(id=headers[b"x-person"].decode())
        await door.app(scope, receive, send)  # type: ignore[arg-type] # Litestar's have a type each

    return app


async def ask(server: uvicorn.Server, person_id: str) -> socket.socket:
    """A connection that has asked for a stream, with little room to read into."""
    port = server.servers[0].sockets[0].getsockname()[1]
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)  # noqa: FBT003 - the standard library's form
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    request = f"GET /api/v1/events/stream HTTP/1.1\r\nHost: a\r\nX-Person: {person_id}\r\n\r\n"
    await loop.sock_sendall(client, request.encode())
    return client


@pytest.mark.parametrize("is_mutant", [False, True])
async def test_slow_readers_are_bounded_and_disturb_nobody(
    company: Company,
    door: Door,
    hub: EventHub,
    monkeypatch: pytest.MonkeyPatch,
    is_mutant: bool,  # noqa: FBT001 - from the list above
) -> None:
    if is_mutant:
        monkeypatch.setattr(subscription_module, "QUEUE_EVENTS", 10**9)
        monkeypatch.setattr(subscription_module, "QUEUE_BYTES", 10**12)
    running = asyncio.create_task(hub.run())
    start = await company.head()
    async with serving(as_caller(door)) as server, door.stream(company.boss) as quick:
        slow = [await ask(server, company.colleague) for _ in range(SLOW)]
        while sum(1 for _ in hub.crowd) < SLOW + 1:  # noqa: ASYNC110 - until all are open
            await asyncio.sleep(0.01)
        lags = [await lag_of_a_change(company, quick, number + 1) for number in range(EVENTS)]
        costs = bytes_held(server, hub, company.colleague)
        for client in slow:
            client.close()
        logged = [str(item["position"]) for item in await all_items(door, company, start)]
        told = [place.rpartition(":")[2] for place, _, _ in quick.frames]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(logged) * SIZE > 4 * BAR_BYTES
    assert list_breaks(told, logged) == []
    assert sorted(lags)[int(len(lags) * 0.99)] < BAR_SECONDS
    assert (max(costs) <= BAR_BYTES) is not is_mutant


async def lag_of_a_change(company: Company, quick: OpenStream, count: int) -> float:
    """Seconds until the quick reader hears of a large change."""
    await company.announce(task=Task(id=new_id(), title="x" * SIZE, assignee_ids=[]))
    began = time.monotonic()
    await company.place()
    await quick.until(lambda: quick.text.count("\nevent: ") >= count)
    return time.monotonic() - began


def bytes_held(server: uvicorn.Server, hub: EventHub, person_id: str) -> list[int]:
    """What waits for each slow reader: in its queue, and in the connection."""
    queued = [stream._bytes for stream in hub.crowd.of_people([weak_id(person_id)])]
    written = [connection.transport.get_write_buffer_size() for connection in server.server_state.connections]
    return [one + other for one, other in zip(sorted(queued), sorted(written), strict=True)]


async def all_items(door: Door, company: Company, start: str) -> list[dict[str, object]]:
    first = await door.items(company.boss, f"/events?after={start}&limit=200")
    return first + await door.items(company.boss, f"/events?after={first[-1]['position']}&limit=200")
