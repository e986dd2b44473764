"""The HTTP server: one ASGI app on a listening socket until it is told to stop."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from taskyard.composition.boot import StartError
from taskyard.composition.connections import BoundedConnection
from taskyard.kit.sockets import LONGEST_MESSAGE

if TYPE_CHECKING:  # a parent that only supervises stays small
    from taskyard.composition.process import Application

log = structlog.get_logger()

BACKLOG = 2048
DRAIN_SECONDS = 5
GARBAGE_OBJECTS = 20_000
"""New objects between two looks for garbage in cycles; the default of 700 is a look at every other request."""


_OLD_NEWS = (
    *('%s - "WebSocket', "connection open", "connection rejected"),
    "ASGI callable returned without completing handshake",
)


class Server(uvicorn.Server):
    """A uvicorn server that leaves the signals to the command that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: after the server something still has to stop the database."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take a port before anything else is started; raises StartError when somebody has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise StartError(
            f"cannot listen on {host} port {port}: {reason} (TASKYARD_HOST, TASKYARD_PORT or --port chooses another)"
        ) from error
    listener.settimeout(0)
    return listener


async def serve(
    app: "Application", listener: socket.socket, stop: asyncio.Event, *, on_started: Callable[[], None] | None = None
) -> None:
    """Serve until stopped: finish what is under way, end streams after a few seconds.

    An application that takes its time to leave is still asked meanwhile. Raises StartError when the app's own start
    fails.
    """
    try:
        await _start(app)
        await _serve(app, listener, stop, on_started)
    finally:
        await app.stop()


def _leave_alone_what_stays() -> None:
    """Keep the garbage collector away from what was loaded at the start, and from running every few requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS, 20, 20)


async def _start(app: "Application") -> None:
    try:
        await app.start()
    except StartError:
        raise
    except Exception as error:
        log.exception("app.start_failed")
        raise StartError("the services did not start (the log above says why)") from error


async def _serve(
    app: "Application", listener: socket.socket, stop: asyncio.Event, on_started: Callable[[], None] | None
) -> None:
    config = uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # its windows would cost each socket more than all the rest of it
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    server = Server(config)
    _leave_alone_what_stays()
    watch = asyncio.create_task(_relay_stop(server, app, stop, on_started))
    try:
        await server.serve(sockets=[listener])
    finally:
        watch.cancel()


def _is_news(record: logging.LogRecord) -> bool:
    """Not the opening of a WebSocket, which uvicorn tells with its query, nor each refusal of one as a mistake.

    The gateway writes its own line of either.
    """
    return not str(record.msg).startswith(_OLD_NEWS)


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a command until it ends or Ctrl-C or SIGTERM stops it: asked once it drains, asked again it hurries."""
    import uvloop  # noqa: PLC0415 - only the running commands need it, `version` does not

    async def main() -> None:
        stop = asyncio.Event()
        task = asyncio.ensure_future(work(stop))

        asked = 0

        def on_signal() -> None:
            nonlocal asked
            asked += 1
            stop.set()
            if asked > 1:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, on_signal)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    uvloop.run(main())


async def _relay_stop(
    server: Server, app: "Application", stop: asyncio.Event, on_started: Callable[[], None] | None
) -> None:
    while not server.started and not stop.is_set():  # noqa: ASYNC110 - uvicorn offers only a flag
        await asyncio.sleep(0.02)
    if on_started is not None and server.started:
        on_started()
    await stop.wait()
    app.drain()
    if app.leave_seconds:
        log.info("app.leaves", seconds=app.leave_seconds)
        await asyncio.sleep(app.leave_seconds)
    server.should_exit = True
