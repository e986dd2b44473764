"""The HTTP server: what it says when the app itself does not start, and that it always stops what it started."""

import asyncio
import contextlib

import httpx
import pytest

from taskyard.composition import server
from taskyard.composition.boot import StartError
from taskyard.composition.process import Application, Process
from taskyard.kit.problems import Unavailable
from tests.gateway.fakes import echo, settings_with


class Recorded(Application):
    """An app that notes what is done with it."""

    def __init__(self, *, willing: bool) -> None:
        self._willing = willing
        self.done: list[str] = []
        self.start, self.drain, self.stop = self._begin, lambda: self.done.append("drain"), self._end

    async def _begin(self) -> None:
        self.done.append("start")
        if not self._willing:
            raise Unavailable

    async def _end(self) -> None:
        self.done.append("stop")


class Leaving(Application):
    """An app that answers, and takes a second to leave."""

    leave_seconds = 1

    def __init__(self) -> None:
        super().__init__(echo, Process("task", settings_with(), {}))
        self.start = self.stop = self._nothing

    async def _nothing(self) -> None:
        pass


async def test_app_that_leaves_says_so_before_it_takes_no_more_requests() -> None:
    app, stop = Leaving(), asyncio.Event()
    with contextlib.closing(server.listen("127.0.0.1", 0)) as listener:
        running = asyncio.ensure_future(server.serve(app, listener, stop))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            before = await client.get("/ready")
            stop.set()
            async with asyncio.timeout(10):
                while (ready := await client.get("/ready")).status_code == httpx.codes.OK:  # noqa: ASYNC110 - over HTTP
                    await asyncio.sleep(0.01)
            asked = await client.get("/other")
        await asyncio.wait_for(running, 10)
    assert "connection" not in before.headers
    assert (ready.status_code, ready.json()) == (503, {"ready": False})
    assert (asked.status_code, asked.headers["connection"]) == (200, "close")


async def test_app_that_does_not_start_is_one_line() -> None:
    app = Recorded(willing=False)
    with (
        contextlib.closing(server.listen("127.0.0.1", 0)) as listener,
        pytest.raises(StartError, match="the services did not start"),
    ):
        await server.serve(app, listener, asyncio.Event())
    assert app.done == ["start", "stop"]


async def test_app_asked_to_stop_while_it_starts_is_stopped() -> None:
    app, stop = Recorded(willing=True), asyncio.Event()
    stop.set()
    with contextlib.closing(server.listen("127.0.0.1", 0)) as listener:
        await asyncio.wait_for(server.serve(app, listener, stop), timeout=10)
    assert app.done[0] == "start"
    assert app.done[-1] == "stop"
