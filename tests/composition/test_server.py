"""The HTTP server: what it says when the app itself does not start, and that it always stops what it started."""

import asyncio
import contextlib

import pytest

from taskyard.composition import server
from taskyard.composition.boot import StartError
from taskyard.composition.process import Application
from taskyard.kit.problems import Unavailable


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
