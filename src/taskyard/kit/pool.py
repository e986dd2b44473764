"""A small connection pool: lazy, bounded, last in first out, with a limit on every wait.

asyncpg's own pool wraps each connection in a proxy and resets it on release, which costs about
25 us a query; nothing here sets session state, so neither is needed (docs/decisions/0004).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import asyncpg

from taskyard.kit.driver_errors import is_doubtful, translate, translated
from taskyard.kit.problems import Unavailable

BURST_SECONDS = 2.0
"""A line that has stood for longer than this is no burst that is worked off, but more than can be done."""
STANDING_SECONDS = 0.1
"""The longest wait in such a line."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_Offer: TypeAlias = "Connection | None"


class Pool:
    """Hands out at most ``size`` connections to one database URL."""

    def __init__(self, url: str, *, size: int, acquire_timeout: float = 2.0, command_timeout: float = 10.0) -> None:
        self._url = url
        self._size = size
        self._acquire_timeout = acquire_timeout
        self._command_timeout = command_timeout
        self._idle: list[Connection] = []
        self._open = 0
        self._waiters: deque[tuple[asyncio.Future[_Offer], float]] = deque()
        self._patience: asyncio.TimerHandle | None = None
        self._standing_since = 0.0
        self._closed = False
        self._closing: set[asyncio.Task[None]] = set()
        self.on_warning: Callable[[Any, Any], None] | None = None
        self.on_waited: Callable[[float], None] = lambda _: None
        """Told the seconds it took to get a connection where none was idle."""

    async def acquire(self) -> Connection:
        """A healthy connection. Raises Unavailable when none comes free in time or the server is away."""
        connection = self._take_idle()
        if connection is not None:
            return connection
        began = asyncio.get_running_loop().time()
        try:
            return await self._acquire_slowly(began)
        finally:
            self.on_waited(asyncio.get_running_loop().time() - began)

    def release(self, connection: Connection) -> None:
        """Give a connection back; a closed one is forgotten."""
        if self._closed and not connection.is_closed():
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
            self._hand_over(None)
        elif not self._hand_over(connection):
            self._idle.append(connection)

    def discard(self, connection: Connection) -> None:
        """Close a connection whose state is not known."""
        connection.terminate()
        self._open -= 1
        self._hand_over(None)

    def abandon(self, connection: Connection) -> None:
        """Close a connection whose statement nobody waits for any more, once the server was told to end that."""
        self._open -= 1
        self._hand_over(None)
        closing = asyncio.get_running_loop().create_task(_close(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close what is idle now and the rest as it comes back."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            self._open -= 1
            await _close(connection)
        await asyncio.gather(*self._closing)

    @property
    def in_use(self) -> int:
        """Connections handed out at this moment."""
        return self._open - len(self._idle)

    @property
    def waiting(self) -> int:
        """Who stands in line for a connection at this moment."""
        return len(self._waiters)

    @property
    def size(self) -> int:
        """The most connections this pool will ever open."""
        return self._size

    async def _acquire_slowly(self, began: float) -> Connection:
        if self._open < self._size:
            return await self._connect()
        while True:
            connection = await self._wait(began)
            if connection is not None and not connection.is_closed():
                return connection
            if connection is not None:
                self._open -= 1
            if self._open < self._size:
                return await self._connect()

    async def _connect(self) -> Connection:
        if self._closed:
            raise Unavailable("The service is shutting down.")
        self._open += 1
        try:
            connection = await asyncpg.connect(self._url, timeout=5, command_timeout=self._command_timeout)
        except BaseException:
            self._open -= 1
            self._hand_over(None)
            raise
        if self.on_warning is not None:
            connection.add_log_listener(self.on_warning)
        return connection

    def _take_idle(self) -> "Connection | None":
        """Give the connection that came back last, forgetting those that were closed meanwhile."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        return None

    async def _wait(self, began: float) -> _Offer:
        """Wait in line for a connection, or with None for the right to open one. Raises Unavailable after a while."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[_Offer] = loop.create_future()
        if not self._waiters:
            self._standing_since = loop.time()
        self._waiters.append((waiter, began))
        if self._patience is None:
            self._patience = loop.call_at(self._next_look(loop.time()), self._give_up)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._pass_on(waiter.result())
            raise

    def _give_up(self) -> None:
        """Tell those whose time is over; one timer looks after the whole line, because one for each costs 20 us."""
        self._patience = None
        loop = asyncio.get_running_loop()
        while self._waiters:
            waiter, began = self._waiters[0]
            if not waiter.done() and began + self._longest_wait(loop.time()) > loop.time():
                self._patience = loop.call_at(self._next_look(loop.time()), self._give_up)
                return
            self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(Unavailable("All database connections are busy."))

    def _longest_wait(self, now: float) -> float:
        is_burst = now < self._standing_since + BURST_SECONDS
        return self._acquire_timeout if is_burst else min(STANDING_SECONDS, self._acquire_timeout)

    def _next_look(self, now: float) -> float:
        """When the first in line has waited for long enough, unless the line is no burst any more before that."""
        enough = self._waiters[0][1] + self._longest_wait(now)
        ends = self._standing_since + BURST_SECONDS
        return min(enough, ends) if now < ends else enough

    def _pass_on(self, connection: _Offer) -> None:
        """Give away what arrived for somebody who has just left the line."""
        if connection is not None:
            self.release(connection)
        else:
            self._hand_over(None)

    def _hand_over(self, connection: _Offer) -> bool:
        """Give a connection straight to who waits longest, so that nobody overtakes; whether anybody waits."""
        while self._waiters:
            waiter, _ = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError):
        connection.terminate()  # the server is going away, too


class Borrowed:
    """A connection of the pool for as long as a block runs; given back only when its state is known."""

    connection: Connection
    is_held = False

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        with translated:
            self.connection = await self._pool.acquire()
        self.is_held = True
        return self.connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self.is_held = False
        if error is None:
            self._pool.release(self.connection)
            return
        if isinstance(error, asyncio.CancelledError):  # anywhere, perhaps amid a statement
            self._pool.abandon(self.connection)
        elif not isinstance(error, Exception) or is_doubtful(error):  # killed anywhere, or lost
            self._pool.discard(self.connection)
        else:
            self._pool.release(self.connection)
        translate(error)
