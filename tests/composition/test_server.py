"""The HTTP server: what it says when the app itself does not start."""

import asyncio
import contextlib

import pytest

from taskyard.composition import server
from taskyard.composition.boot import StartError
from taskyard.composition.process import WithLifespan
from taskyard.kit.asgi import Receive, Scope, Send


class Unwilling(WithLifespan):
    """An app that cannot start."""

    def __init__(self) -> None:
        pass

    def drain(self) -> None:
        """Nothing was begun."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})


async def test_app_that_does_not_start_is_one_line() -> None:
    with (
        contextlib.closing(server.listen("127.0.0.1", 0)) as listener,
        pytest.raises(StartError, match="the services did not start"),
    ):
        await server.serve(Unwilling(), listener, asyncio.Event())
