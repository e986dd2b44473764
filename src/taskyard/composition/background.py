"""Work that runs beside the requests of a process: kept running, and ended in order."""

import asyncio
from collections.abc import Awaitable, Callable

from taskyard.kit.loops import keep_running


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
        """Cancel everything and wait until it has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
