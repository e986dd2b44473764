"""The change log over a WebSocket, with the same places, filters and endings as the event stream."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from taskyard.kit import sockets
from taskyard.kit.ids import is_id
from taskyard.kit.metrics import stream_opened
from taskyard.kit.principal import Principal, principal_of
from taskyard.kit.problems import MalformedRequest, Problem, RequestTimeout, TooManyRequests, invalid
from taskyard.kit.sockets import Socket
from taskyard.notification.models.events import Ending, Place
from taskyard.notification.permissions import require_reading_events
from taskyard.notification.routes.events import parse_after, reader_of, start_of
from taskyard.notification.routes.provided import Hub
from taskyard.notification.streams import EventHub, Follower
from taskyard.notification.streams.frames import HEARTBEAT_MESSAGE, Encoded, reset_body, socket_message

MESSAGES_A_MINUTE = 30
MOST_PROJECTS, MOST_TYPES = 200, 100


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe", forbid_unknown_fields=True):
    """What a client wants to hear of, in place of what it wanted before; ``after`` is the place it has seen last."""

    project_ids: list[str] | None = None
    types: list[str] | None = None
    after: str | None = None


class _Subscribed(msgspec.Struct, frozen=True):
    """The answer: what the client hears of from now on."""

    project_ids: list[str] | None
    types: list[str] | None


@websocket("/api/v1/ws")
async def open_socket(socket: WebSocket[Any, Any, Any], hub: Hub) -> None:
    """Changes as they happen, over a WebSocket; what is said on it is in docs/streams.md."""
    opened = Socket(socket.scope, socket.receive, socket.send)  # type: ignore[arg-type] # Litestar's have a type each
    try:
        caller = principal_of(socket.scope)
        require_reading_events(caller)
        await opened.receive()
        await opened.send({"type": "websocket.accept"})
        with stream_opened("websocket"):
            await _Conversation(opened, caller, hub).hold()
    except (WebSocketDisconnect, OSError):
        return  # the client is gone
    except Problem as problem:
        await opened.refuse(problem)


class _Conversation:
    """What is said on one WebSocket from its acceptance to its end."""

    def __init__(self, socket: Socket, caller: Principal, hub: EventHub) -> None:
        self._socket = socket
        self._caller = caller
        self._hub = hub
        self._minute = 0
        self._messages = 0

    async def hold(self) -> None:
        """Follow what the client last subscribed to, until either side ends it. Raises the Problem it closes with."""
        async with AsyncExitStack() as following:
            wish = await self._first_wish()
            while wish is not None:
                await following.aclose()
                await self._follow(wish, following)
                wish = await self._next_wish()

    async def _follow(self, wish: Subscribe, following: AsyncExitStack) -> None:
        start = None if wish.after is None else parse_after("/after", wish.after)
        reader = reader_of(self._caller, wish.project_ids, wish.types)
        opening = self._hub.subscribed(reader, self._caller.expires_at)
        subscription, head = await following.enter_async_context(opening)
        place = start_of(start, head)
        answer = msgspec.json.encode(_Subscribed(wish.project_ids, wish.types))
        await _say(self._socket, socket_message(place, "subscribed", answer))
        follower = Follower(self._hub, subscription, place, _SocketStream(self._socket))
        follower.start(head)
        following.push_async_callback(follower.stop)

    async def _first_wish(self) -> Subscribe | None:
        try:
            async with asyncio.timeout(sockets.FIRST_MESSAGE_SECONDS):
                return await self._next_wish()
        except TimeoutError as error:
            raise RequestTimeout from error

    async def _next_wish(self) -> Subscribe | None:
        """What the client asks for next; None when it is gone."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        self._count()
        text = message.get("text")
        if text is None or len(text) > sockets.LONGEST_MESSAGE:
            raise MalformedRequest
        try:
            wish = msgspec.json.decode(text, type=Subscribe)
        except msgspec.MsgspecError as error:
            raise MalformedRequest from error
        return _checked(wish)

    def _count(self) -> None:
        minute = int(time.monotonic() // 60)
        self._messages = self._messages + 1 if minute == self._minute else 1
        self._minute = minute
        if self._messages > MESSAGES_A_MINUTE:
            raise TooManyRequests


def _checked(wish: Subscribe) -> Subscribe:
    projects, types = wish.project_ids or (), wish.types or ()
    if len(projects) > MOST_PROJECTS or not all(is_id(name) for name in projects):
        raise invalid("/project_ids", f"At most {MOST_PROJECTS} ids of projects.")
    if len(types) > MOST_TYPES:
        raise invalid("/types", f"At most {MOST_TYPES} types.")
    return wish


class _SocketStream:
    """A stream as messages of a WebSocket."""

    __slots__ = ("_socket",)

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    async def send_events(self, events: Sequence[Encoded]) -> None:
        """Events in their order."""
        for event in events:
            await _say(self._socket, event.message)

    async def send_reset(self, place: Place) -> None:
        """The log was restored."""
        await _say(self._socket, socket_message(place, "reset", reset_body(place)))

    async def send_heartbeat(self) -> None:
        """A message, because pages cannot see a ping."""
        await _say(self._socket, HEARTBEAT_MESSAGE)

    async def send_end(self, ending: Ending) -> None:
        """Close with the reason."""
        await self._socket.send({"type": "websocket.close", "code": ending.code, "reason": ending.reason})


async def _say(socket: Socket, text: str) -> None:
    """Send a message. Raises ConnectionError when the client is gone, as a stream's own sending does."""
    try:
        await socket.send({"type": "websocket.send", "text": text})
    except WebSocketDisconnect as error:
        raise ConnectionError from error
