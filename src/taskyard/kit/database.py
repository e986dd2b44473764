"""PostgreSQL as the services see it: single statements, and transactions opened at the door."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Literal, Protocol

import asyncpg
import msgspec

from taskyard.kit.pool import Connection, Pool
from taskyard.kit.problems import OutcomeUnknown, Unavailable

_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)

Origin = Literal["api", "automation", "import", "revert"]


class DuplicateRow(Exception):  # noqa: N818 - says what happened, like every refusal
    """A unique constraint refused the row; ``constraint`` names it."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something, by which way and in which request; every event carries it."""

    actor_id: str | None = None
    origin: Origin = "api"
    request_id: str = ""


class Statements(Protocol):
    """What a query function needs: it runs its one statement here, inside a transaction or alone."""

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]: ...  # noqa: D102
    async def fetch_row(self, sql: str, *args: Any) -> asyncpg.Record | None: ...  # noqa: D102
    async def fetch_value(self, sql: str, *args: Any) -> Any: ...  # noqa: D102
    async def execute(self, sql: str, *args: Any) -> str: ...  # noqa: D102


_ROLLED_BACK = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.TransactionIntegrityConstraintViolationError,
)
"""What PostgreSQL says when a COMMIT certainly had no effect."""


_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    TimeoutError,
    OSError,
)


def _is_doubtful(error: Exception) -> bool:
    """Whether a connection cannot be used again after this: it is lost, or nobody knows where it stands."""
    reason = error.__cause__ or error
    is_lost = isinstance(reason, _LOST) and not isinstance(reason, asyncpg.QueryCanceledError)
    return is_lost or isinstance(error, OutcomeUnknown)


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection cut in the middle of an answer leaves the driver confused
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What the driver raises when the database cannot answer now."""


class _Translation:
    """Turns what the driver raises into what the door understands; no generator, because that costs ten times more."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is not None:
            _translate(error)


_translated = _Translation()


def _translate(error: BaseException) -> None:
    """Raise the refusal that an error of the driver stands for; nothing where it is a mistake of ours."""
    if isinstance(error, asyncpg.UniqueViolationError):
        raise DuplicateRow(error.constraint_name or "") from error
    if isinstance(error, ValueError):  # a value the driver cannot send, although the driver calls it InterfaceError
        return
    if isinstance(error, _AWAY):
        raise Unavailable from error


class _Borrowed:
    """A connection of the pool for as long as a block runs; given back only when its state is known."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        with _translated:
            self._connection = await self._pool.acquire()
        return self._connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            self._pool.release(self._connection)
            return
        if not isinstance(error, Exception) or _is_doubtful(error):  # cancelled or killed anywhere, or lost
            self._pool.discard(self._connection)
        else:
            self._pool.release(self._connection)
        _translate(error)


class Transaction:
    """One open transaction. What is announced inside becomes visible with its COMMIT."""

    def __init__(self, connection: Connection, cause: Cause) -> None:
        self._connection = connection
        self.cause = cause
        self.announced: list[str] = []
        """The types of the events written so far."""
        self._parts: list[bool] = []
        """For each part that is open, whether its savepoint is set."""

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement."""
        with _translated:
            if self._parts:
                await self._set_savepoints()
            return await self._connection.fetch(sql, *args)

    async def fetch_row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one statement, if any."""
        with _translated:
            if self._parts:
                await self._set_savepoints()
            return await self._connection.fetchrow(sql, *args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, if any."""
        with _translated:
            if self._parts:
                await self._set_savepoints()
            return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement for its effect; the answer is PostgreSQL's command tag."""
        with _translated:
            if self._parts:
                await self._set_savepoints()
            return await self._connection.execute(sql, *args)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that can fail without losing the rest. Its savepoint is set by its first statement."""
        self._parts.append(False)
        try:
            yield
        except Exception:
            if self._parts.pop():
                # Released too, or the ROLLBACK of an enclosing part would end at this one.
                await self._control("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
            raise
        except BaseException:
            self._parts.pop()
            raise
        if self._parts.pop():
            await self._control("RELEASE SAVEPOINT part")

    async def _set_savepoints(self) -> None:
        for place, is_set in enumerate(self._parts):
            if not is_set:
                await self._connection.execute("SAVEPOINT part")
                self._parts[place] = True

    async def _control(self, sql: str) -> None:
        with _translated:
            await self._connection.execute(sql)


class Database:
    """A service's view of PostgreSQL under its own role."""

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.pool = Pool(url, size=size)
        self.pool.on_warning = self._note_warning
        self.on_announced: Callable[[], None] = lambda: None
        """Called after the COMMIT of a transaction that wrote events; wakes the sequencer."""
        self.on_events: Callable[[Sequence[str]], None] = lambda _: None
        """Told the types of the events of each transaction that was committed."""
        self._doubtful: set[int] = set()

    async def close(self) -> None:
        """Close the pool."""
        await self.pool.close()

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement in a transaction of its own."""
        async with _Borrowed(self.pool) as connection:
            return await connection.fetch(sql, *args)

    async def fetch_row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one statement in a transaction of its own."""
        async with _Borrowed(self.pool) as connection:
            return await connection.fetchrow(sql, *args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row of one statement in a transaction of its own."""
        async with _Borrowed(self.pool) as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement for its effect in a transaction of its own."""
        async with _Borrowed(self.pool) as connection:
            return await connection.execute(sql, *args)

    @asynccontextmanager
    async def transaction(self, cause: Cause | None = None) -> AsyncIterator[Transaction]:
        """Open a transaction; commit on the way out, roll back on any exception.

        Raises OutcomeUnknown when the COMMIT itself fails: the write may or may not have happened.
        """
        async with _Borrowed(self.pool) as connection:
            await connection.execute("BEGIN")
            transaction = Transaction(connection, cause or Cause())
            token = _open_transaction.set(True)
            try:
                yield transaction
            except Exception:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            finally:
                _open_transaction.reset(token)
            await self._commit(connection)
        if transaction.announced:
            self.on_events(transaction.announced)
            self.on_announced()

    async def _commit(self, connection: Connection) -> None:
        """COMMIT cannot be cancelled safely: whoever goes away meanwhile, it runs to its end."""
        commit = asyncio.ensure_future(connection.execute("COMMIT"))
        gone: asyncio.CancelledError | None = None
        while not commit.done():
            try:
                await asyncio.wait([commit])
            except asyncio.CancelledError as error:
                gone = error
        outcome = commit.exception()
        if gone is not None:
            raise gone
        if isinstance(outcome, _ROLLED_BACK):
            raise outcome
        if outcome is not None:
            raise OutcomeUnknown from outcome
        if commit.result() != "COMMIT":
            raise RuntimeError("an action went on after a failed statement, so nothing was stored; use a savepoint")
        if id(connection) in self._doubtful:
            self._doubtful.discard(id(connection))
            raise OutcomeUnknown("The database could not confirm that the write is replicated.")

    def _note_warning(self, connection: Any, message: Any) -> None:
        """A COMMIT whose wait for the standby was cancelled succeeds with only this warning."""
        if getattr(message, "sqlstate", "") == "01000" and "replicat" in str(message):
            self._doubtful.add(id(connection))


def refuse_inside_transaction(call: str) -> None:
    """Guard of every call to another service: none is made while a transaction is open."""
    if _open_transaction.get():
        raise RuntimeError(f"{call} was called inside a transaction; call it before opening one")
