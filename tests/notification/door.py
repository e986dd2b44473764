"""Requests to the notification service as whoever the test says, and open streams."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import httpx
import msgspec
from litestar.types import Message, Receive, Scope, Send

from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.http import build_service
from taskyard.kit.outbound import Boundary
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.sealing import Sealer
from taskyard.notification.mail.links import UnsubscribeLinks
from taskyard.notification.queries.demands import find_demanding_workspace
from taskyard.notification.routes import HANDLERS
from taskyard.notification.streams import EventHub

Caller = str | Principal | None
SEALER = Sealer(b"s" * 32)
LOOPBACK = Boundary([ipaddress.ip_network("127.0.0.0/8")])
Frame = tuple[str, str, dict[str, Any]]


class Door:
    """The service's application in memory."""

    def __init__(self, database: Database, hub: EventHub, boundary: Boundary = LOOPBACK) -> None:
        self.hub = hub
        cursors = CursorSigner(b"k" * 32)
        provided = {
            "database": database,
            "cursors": cursors,
            "hub": hub,
            "links": UnsubscribeLinks("https://ty.example", b"k" * 32),
            "sealer": SEALER,
            "boundary": boundary,
        }
        find_demand = partial(find_demanding_workspace, database)
        self.app = build_service(title="notification", handlers=HANDLERS, provided=provided, find_demand=find_demand)

    @property
    def schema(self) -> dict[str, Any]:
        return self.app.openapi_schema.to_schema()

    async def send(
        self, caller: Caller, method: str, path: str, body: object = None, *, form: str = "", **headers: str
    ) -> httpx.Response:
        """One request to its end."""
        app = self._as(caller)
        content: dict[str, Any] = {"content": form} if form else {"json": body}
        headers |= {"content_type": "application/x-www-form-urlencoded"} if form else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # its own words for ASGI
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, "/api/v1" + path, headers=named, **content)

    async def items(self, caller: Caller, path: str) -> list[dict[str, Any]]:
        """The items of a list."""
        response = await self.send(caller, "GET", path)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    @asynccontextmanager
    async def stream(self, caller: Caller, query: str = "", last_event_id: str = "") -> AsyncIterator["OpenStream"]:
        """An open event stream; leaving the block is the client going away."""
        stream = OpenStream()
        headers = [(b"last-event-id", last_event_id.encode())] if last_event_id else []
        scope = _stream_scope(query, headers)
        run = self._as(caller)(scope, stream.receive, stream.send)  # type: ignore[arg-type] # a scope is a mapping
        task = asyncio.create_task(run)
        try:
            await stream.until(lambda: stream.status != 0)
            yield stream
        finally:
            stream.leave()
            await asyncio.wait_for(task, 5)

    def _as(self, caller: Caller) -> Callable[[Scope, Receive, Send], Any]:
        principal = Principal(id=caller) if isinstance(caller, str) else caller

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            cast("dict[str, object]", scope)[PRINCIPAL] = principal
            await self.app(scope, receive, send)

        return app


async def arrived(stream: "OpenStream", *resources: str) -> None:
    """Exactly these, in this order."""
    await stream.until(lambda: len(stream.resources) >= len(resources))
    assert stream.resources == list(resources)


class OpenStream:
    """The client's end of a stream, which may read slowly."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.over = False
        self.may_read = asyncio.Event()
        self.may_read.set()
        self._gone = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def frames(self) -> list[Frame]:
        """Every event so far: id, type and content."""
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
            if "id" in fields:
                found.append((fields["id"], fields["event"], msgspec.json.decode(fields["data"])))
        return found

    @property
    def resources(self) -> list[str]:
        """What the events were about, in order."""
        return [data["resource_id"] for _, _, data in self.frames]

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait for something to arrive."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def leave(self) -> None:
        self._gone.set()
        self.may_read.set()

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.may_read.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()
            self.over = not message.get("more_body", False)
        if self.over:
            self._gone.set()  # as a server says when the answer is whole
        async with self._changed:
            self._changed.notify_all()


def _stream_scope(query: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/events/stream",
        "raw_path": b"/api/v1/events/stream",
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"test"), *headers],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
