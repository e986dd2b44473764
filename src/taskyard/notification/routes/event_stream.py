"""The change log as a stream of Server-Sent Events that can be resumed."""

import asyncio
import time
from typing import Annotated

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from taskyard.kit.principal import Principal
from taskyard.kit.requests import header
from taskyard.notification.models import Place, Reader
from taskyard.notification.permissions import require_reading_events
from taskyard.notification.routes.events import AFTER, parse_after, reader_of
from taskyard.notification.routes.provided import Call, Caller, Hub, QueryId, Types
from taskyard.notification.streams import EventHub, Follower

LONGEST_STREAM = 3600.0
"""Seconds; then the stream ends in order and the client resumes it with a fresh credential."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


@get(
    "/api/v1/events/stream",
    tags=["Events"],
    responses={200: ResponseSpec(str, media_type="text/event-stream", description="Events, as they happen.")},
)
async def stream_events(
    request: Call,
    caller: Caller,
    hub: Hub,
    *,
    after: Annotated[str | None, QueryParameter(description=AFTER)] = None,
    project_id: QueryId = None,
    types: Types = None,
) -> ASGIApp:
    """Changes as they happen, as Server-Sent Events: ``id`` is ``<epoch>:<position>``, ``data`` an item of /events.

    It starts at the present, or after the place in ``Last-Event-ID`` (or ``after``) with all that was missed: no
    hole, no repeat, and only what the caller may see at that moment. After a restore of the log it sends
    ``event: reset``; read the present state again then. It ends when the credential expires or is revoked.
    """
    require_reading_events(caller)
    resume = header(request.scope, b"last-event-id") or after
    start = None if resume is None else parse_after("/after", resume)
    return _Stream(hub, reader_of(caller, project_id, types), start, _end_of(caller))


def _end_of(caller: Principal) -> float:
    latest = time.time() + LONGEST_STREAM
    return latest if caller.expires_at is None else min(latest, caller.expires_at)


class _Stream:
    """The answer: sends what a follower gives until it ends or the client goes away."""

    def __init__(self, hub: EventHub, reader: Reader, start: tuple[int | None, int] | None, ends_at: float) -> None:
        self._hub = hub
        self._reader = reader
        self._start = start
        self._ends_at = ends_at

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with self._hub.subscribed(self._reader, self._ends_at) as (subscription, head):
            follower = Follower(self._hub, subscription, self._place(head))
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            sending = asyncio.ensure_future(_send_frames(follower, send))
            leaving = asyncio.ensure_future(_until_gone(receive))
            try:
                await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                sending.cancel()
                outcomes = await asyncio.gather(sending, leaving, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    def _place(self, head: Place) -> Place:
        if self._start is None:
            return head
        epoch, position = self._start
        if epoch not in {None, head.epoch}:
            return Place(epoch, position)
        return Place(head.epoch, min(position, head.position))


async def _send_frames(follower: Follower, send: Send) -> None:
    async for frame in follower.frames():
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
