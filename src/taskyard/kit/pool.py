"""A small connection pool: lazy, bounded, last in first out, with a limit on every wait.

asyncpg's own pool wraps each connection in a proxy and resets it on release, which costs about
25 us a query; nothing here sets session state, so neither is needed (docs/decisions/0004).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import asyncpg

from taskyard.kit.problems import Unavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Pool:
    """Hands out at most ``size`` connections to one database URL."""

    def __init__(self, url: str, *, size: int, acquire_timeout: float = 2.0, command_timeout: float = 10.0) -> None:
        self._url = url
        self._size = size
        self._acquire_timeout = acquire_timeout
        self._command_timeout = command_timeout
        self._idle: list[Connection] = []
        self._open = 0
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._closed = False
        self.on_warning: Callable[[Any, Any], None] | None = None

    async def acquire(self) -> Connection:
        """A healthy connection. Raises Unavailable when none comes free in time or the server is away."""
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._size:
                return await self._connect()
            await self._wait()

    def release(self, connection: Connection) -> None:
        """Give a connection back; a closed one is forgotten."""
        if self._closed and not connection.is_closed():
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
        else:
            self._idle.append(connection)
        self._wake_one()

    def discard(self, connection: Connection) -> None:
        """Close a connection whose state is not known."""
        connection.terminate()
        self._open -= 1
        self._wake_one()

    async def close(self) -> None:
        """Close what is idle now and the rest as it comes back."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            self._open -= 1
            await connection.close(timeout=2)

    @property
    def in_use(self) -> int:
        """Connections handed out at this moment."""
        return self._open - len(self._idle)

    @property
    def size(self) -> int:
        """The most connections this pool will ever open."""
        return self._size

    async def _connect(self) -> Connection:
        if self._closed:
            raise Unavailable("The service is shutting down.")
        self._open += 1
        try:
            connection = await asyncpg.connect(self._url, timeout=5, command_timeout=self._command_timeout)
        except BaseException:
            self._open -= 1
            self._wake_one()
            raise
        if self.on_warning is not None:
            connection.add_log_listener(self.on_warning)
        return connection

    async def _wait(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._acquire_timeout):
                await waiter
        except TimeoutError:
            raise Unavailable("All database connections are busy.") from None
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._wake_one()
            raise

    def _wake_one(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
