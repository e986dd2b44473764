"""The change log as a stream of Server-Sent Events that can be resumed."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.metrics import stream_opened
from taskyard.kit.requests import header
from taskyard.notification.models.events import Ending, Place, Reader
from taskyard.notification.permissions import require_reading_events
from taskyard.notification.routes.events import AFTER, After, parse_after, reader_of, start_of
from taskyard.notification.routes.provided import Call, Caller, Hub, Types
from taskyard.notification.streams import EventHub, Follower
from taskyard.notification.streams.frames import HEARTBEAT, RETRY, Encoded, end_frame, reset_body, sse_frame

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
Projects = Annotated[
    list[Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)]] | None,
    QueryParameter(name="project_id", description="Projects; repeat it for several"),
]


@get(
    "/api/v1/events/stream",
    tags=["Events"],
    responses={
        200: ResponseSpec(
            str, media_type="text/event-stream", description="Events, as they happen.", generate_examples=False
        )
    },
)
async def stream_events(
    request: Call,
    caller: Caller,
    hub: Hub,
    *,
    after: Annotated[str | None, QueryParameter(description=AFTER)] = None,
    projects: Projects = None,
    types: Types = None,
) -> ASGIApp:
    """Changes as they happen, as Server-Sent Events: ``id`` is ``<epoch>:<position>``, ``data`` an item of /events.

    It starts at the present, or after the place in ``Last-Event-ID`` (or ``after``) with all that was missed: no
    hole, no repeat, and only what the caller may see at that moment. After a restore of the log it sends
    ``event: reset``; read the present state again then. When it ends by itself, it says why in ``event: end``: the
    credential expired or was revoked, none of the projects asked for can be seen any more, or the service restarts.
    The same events travel over the WebSocket ``/api/v1/ws``; see docs/streams.md.
    """
    require_reading_events(caller)
    resume = header(request.scope, b"last-event-id") or after
    start = None if resume is None else parse_after("/after", resume)
    return _Stream(hub, reader_of(caller, projects, types), start, caller.expires_at)


class _Stream:
    """The answer: sends what a follower gives until it ends or the client goes away."""

    def __init__(self, hub: EventHub, reader: Reader, start: After | None, credential_ends_at: int | None) -> None:
        self._hub = hub
        self._reader = reader
        self._start = start
        self._credential_ends_at = credential_ends_at

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with self._hub.subscribed(self._reader, self._credential_ends_at) as (subscription, head):
            with stream_opened("sse"):
                await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
                await send({"type": "http.response.body", "body": RETRY, "more_body": True})
                follower = Follower(self._hub, subscription, start_of(self._start, head), _EventStream(send))
                follower.start(head)
                try:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                finally:
                    await follower.stop()


class _EventStream:
    """A stream as the body of an answer: one write however many events there are."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send_events(self, events: Sequence[Encoded]) -> None:
        """Events in their order."""
        await self._write(events[0].frame if len(events) == 1 else b"".join([event.frame for event in events]))

    async def send_reset(self, place: Place) -> None:
        """The log was restored."""
        await self._write(sse_frame(place, "reset", reset_body(place)))

    async def send_heartbeat(self) -> None:
        """A comment, which clients skip and proxies count as life."""
        await self._write(HEARTBEAT)

    async def send_end(self, ending: Ending) -> None:
        """The last words, and the end of the body."""
        await self._send({"type": "http.response.body", "body": end_frame(ending), "more_body": False})

    async def _write(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})
