"""A WebSocket of a service in another process: its messages both ways, at the pace of the slower side."""

import asyncio

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from taskyard.kit.asgi import Message, Receive, Send
from taskyard.kit.problems import InvalidToken, NotFound, PermissionDenied, Problem, TooManyRequests, Unavailable
from taskyard.kit.sockets import PROTOCOL

LONGEST_EVENT = 16 * 1024 * 1024
"""What a service may send at once; events are bounded by what requests may hold."""
GONE = 1012
"""To the client, a service that ends without a word restarts."""
_PROBLEMS: dict[int, type[Problem]] = {401: InvalidToken, 403: PermissionDenied, 404: NotFound, 429: TooManyRequests}
_DATA = frozenset({aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY})


async def relay_socket(
    session: aiohttp.ClientSession, url: URL, headers: CIMultiDict[str], receive: Receive, send: Send
) -> None:
    """Open the same WebSocket at the service and pass on what either side says, until one of them ends it.

    The service is not silent for longer than the session waits. Raises the Problem with which it refused.
    """
    await receive()
    for name in [name for name in headers if name.lower().startswith("sec-websocket-")]:
        del headers[name]
    try:
        service = await session.ws_connect(
            url,
            headers=headers,
            protocols=[PROTOCOL],
            timeout=aiohttp.ClientWSTimeout(ws_receive=session.timeout.sock_read, ws_close=2.0),
            max_msg_size=LONGEST_EVENT,
        )
    except aiohttp.WSServerHandshakeError as error:
        raise _PROBLEMS.get(error.status, Unavailable) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable from error
    await send({"type": "websocket.accept"})
    await _relay(service, receive, send)


async def _relay(service: aiohttp.ClientWebSocketResponse, receive: Receive, send: Send) -> None:
    onward = asyncio.ensure_future(_pass_on(receive, service))
    back = asyncio.ensure_future(_pass_back(service, send))
    try:
        await asyncio.wait({onward, back}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (onward, back):
            task.cancel()
        outcomes = await asyncio.gather(onward, back, return_exceptions=True)
        await service.close()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _pass_on(receive: Receive, service: aiohttp.ClientWebSocketResponse) -> None:
    """What the client says, until it leaves."""
    while (message := await receive())["type"] != "websocket.disconnect":
        text = message.get("text")
        try:
            await (service.send_bytes(message["bytes"]) if text is None else service.send_str(text))
        except (aiohttp.ClientError, ConnectionError):
            return  # the other direction knows why


async def _pass_back(service: aiohttp.ClientWebSocketResponse, send: Send) -> None:
    """What the service says, and how it ends."""
    while (message := await _next(service)).type in _DATA:
        is_text = message.type == aiohttp.WSMsgType.TEXT
        await send({"type": "websocket.send", "text" if is_text else "bytes": message.data})
    is_word = message.type == aiohttp.WSMsgType.CLOSE and message.data not in {None, 1005, 1006}
    end: Message = {"type": "websocket.close", "code": message.data if is_word else GONE}
    end["reason"] = (message.extra if is_word else None) or "service_restart"
    await send(end)


async def _next(service: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
    try:
        return await service.receive()
    except TimeoutError:
        return aiohttp.WSMessage(aiohttp.WSMsgType.ERROR, None, None)
