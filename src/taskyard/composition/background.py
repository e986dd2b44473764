"""Work that runs beside the requests of a process: kept running, and ended in order."""

import asyncio
from collections.abc import Awaitable, Callable

from taskyard.kit.loops import keep_running

_PATIENCE = 0.5
"""Seconds between two cancellations of the same work."""


class Background:
    """Starts endless work, and starts it again when it fails."""

    def __init__(self) -> None:
        self._works: list[tuple[str, Callable[[], Awaitable[object]]]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Note work to be kept running between start and stop."""
        self._works.append((name, work))

    def start(self) -> None:
        """Start everything that was added."""
        self._tasks = [asyncio.create_task(keep_running(name, work), name=name) for name, work in self._works]

    async def stop(self) -> None:
        """Cancel everything until it has ended: a library that is just failing may swallow a cancellation."""
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=_PATIENCE)
        self._tasks = []
