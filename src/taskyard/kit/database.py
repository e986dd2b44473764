"""PostgreSQL as the services see it: single statements, and transactions opened at the door."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, Protocol

import asyncpg
import msgspec

from taskyard.kit.commits import Commits
from taskyard.kit.driver_errors import DuplicateRow, translated
from taskyard.kit.joint_trips import Joint, JointTrips
from taskyard.kit.pool import Borrowed, Connection, Pool

_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)

Origin = Literal["api", "automation", "import", "revert"]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something, by which way and in which request; every event carries it."""

    actor_id: str | None = None
    origin: Origin = "api"
    request_id: str = ""
    address: str = ""
    """The client's; kept for a day beside what is announced, for the audit trail."""


class Statements(Protocol):
    """What a query function needs: it runs its one statement here, inside a transaction or alone."""

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]: ...  # noqa: D102 - as Database says
    async def fetch_row(self, sql: str, *args: Any) -> asyncpg.Record | None: ...  # noqa: D102 - as Database says
    async def fetch_value(self, sql: str, *args: Any) -> Any: ...  # noqa: D102 - as Database says
    async def execute(self, sql: str, *args: Any) -> str: ...  # noqa: D102 - as Database says


class Keeping(Protocol):
    """What keeps the answer of a request with an Idempotency-Key, as ``kit.idempotency`` does."""

    constraint: str
    """By which a key has one answer."""

    async def take(self, tx: "Transaction") -> None: ...  # noqa: D102 - as Once says
    def values(self, result: Any) -> tuple[Any, ...]: ...  # noqa: D102 - as Once says
    def give_up(self) -> None: ...  # noqa: D102 - as Once says


class Transaction:
    """One transaction, begun by its first statement. What is announced inside becomes visible with its COMMIT.

    It takes a connection of the pool when it begins.
    """

    def __init__(self, database: "Database", cause: Cause) -> None:
        self._database = database
        self.borrowed = Borrowed(database.pool)
        self.cause = cause
        self.announced: list[str] = []
        """The types of the events written so far."""
        self.once: Keeping | None = None
        """Takes the request's key before the first statement, or is kept beside the only one."""
        self._has_begun = False
        self._is_over = False
        self._parts: list[bool] = []
        """For each part that is open, whether its savepoint is set."""

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement."""
        with translated:
            return await (await self._prepare()).fetch(sql, *args)

    async def fetch_row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one statement, if any."""
        with translated:
            return await (await self._prepare()).fetchrow(sql, *args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, if any."""
        with translated:
            return await (await self._prepare()).fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement for its effect; the answer is PostgreSQL's command tag."""
        with translated:
            return await (await self._prepare()).execute(sql, *args)

    async def write_announced(
        self, kind: str, statement: Joint, lane: str | None, *args: Any, result: object = None
    ) -> bool:
        """Run a statement that writes a row with its event and says so, or writes nothing; whether it wrote.

        Where nothing came before it, it is the whole transaction, and saves BEGIN, COMMIT and their round trips, or
        shares them with others; ``lane`` is what it locks, None for what must go alone. ``result`` is what the request
        answers when it wrote, which is kept with it where that is asked for.
        """
        if self._has_begun or self._parts:
            wrote = bool(await self.fetch_value(statement.sql, *args))
        elif self.once is None:
            wrote = await self._write_alone(statement, lane, args)
        else:
            wrote = await self._write_once(self.once, statement, lane, args, result)
        if wrote:
            self.announced.append(kind)
        return wrote

    async def _write_alone(self, statement: Joint, lane: str | None, args: tuple[Any, ...]) -> bool:
        row = await self._database.trips.fetch_row(statement, lane, args)
        self._is_over = row is not None and bool(row[0])
        return self._is_over

    async def _write_once(
        self, once: Keeping, statement: Joint, lane: str | None, args: tuple[Any, ...], result: object
    ) -> bool:
        """The same with the answer beside it; where one is kept, and for whatever else, after the key was taken."""
        if statement.keeping is not None and result is not None:
            try:
                if await self._write_alone(statement.keeping, lane, (*args, *once.values(result))):
                    return True
            except DuplicateRow as refused:
                if refused.constraint != once.constraint:
                    raise
            once.give_up()
        return bool(await self.fetch_value(statement.sql, *args))

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

    async def commit(self) -> None:
        """Make everything last; nothing to do where nothing began. Raises OutcomeUnknown."""
        if not self._has_begun:
            return
        connection = self.borrowed.connection
        if await self._database.commits.run(connection, connection.execute("COMMIT")) != "COMMIT":
            raise RuntimeError("an action went on after a failed statement, so nothing was stored; use a savepoint")

    async def roll_back(self) -> None:
        """Undo everything, as far as the connection is still there."""
        if self._has_begun and not self.borrowed.connection.is_closed():
            await self._control("ROLLBACK")

    async def _prepare(self) -> Connection:
        if not self._has_begun:
            if self._is_over:
                raise RuntimeError("this transaction was committed with its one statement")
            if not self.borrowed.is_held:
                await self.borrowed.__aenter__()
            await self._control("BEGIN")
            self._has_begun = True
            if self.once is not None:
                await self.once.take(self)
        for place, is_set in enumerate(self._parts):
            if not is_set:
                await self._control("SAVEPOINT part")
                self._parts[place] = True
        return self.borrowed.connection

    async def _control(self, sql: str) -> None:
        with translated:
            await self.borrowed.connection.execute(sql)


class Database:
    """A service's view of PostgreSQL under its own role."""

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.pool = Pool(url, size=size)
        self.commits = Commits()
        self.pool.on_warning = self.commits.note_warning
        self.trips = JointTrips(self.pool, self.commits)
        self.on_announced: Callable[[], None] = lambda: None
        """Called after the COMMIT of a transaction that wrote events; wakes the sequencer."""
        self.on_events: Callable[[Sequence[str]], None] = lambda _: None
        """Told the types of the events of each transaction that was committed."""

    async def close(self) -> None:
        """Close the pool."""
        await self.pool.close()

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement in a transaction of its own."""
        async with Borrowed(self.pool) as connection:
            return await connection.fetch(sql, *args)

    async def fetch_row(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one statement in a transaction of its own."""
        async with Borrowed(self.pool) as connection:
            return await connection.fetchrow(sql, *args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row of one statement in a transaction of its own."""
        async with Borrowed(self.pool) as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement for its effect in a transaction of its own."""
        async with Borrowed(self.pool) as connection:
            return await connection.execute(sql, *args)

    async def fetch_row_jointly(self, statement: Joint, lane: str, *args: Any) -> asyncpg.Record | None:
        """The same as fetch_row, in one round trip with others who ask at the same time; ``lane`` is what it locks."""
        return await self.trips.fetch_row(statement, lane, args)

    def transaction(self, cause: Cause | None = None) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction; commit on the way out, roll back on any exception.

        Raises OutcomeUnknown when the COMMIT itself fails: the write may or may not have happened.
        """
        return _Opened(self, cause or Cause())


class _Opened:
    """A transaction for as long as a block runs; no generator, because that costs 20 us more."""

    def __init__(self, database: Database, cause: Cause) -> None:
        self._database = database
        self._transaction = Transaction(database, cause)

    async def __aenter__(self) -> Transaction:
        self._token = _open_transaction.set(True)
        return self._transaction

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        borrowed = self._transaction.borrowed
        try:
            await self._end(error)
        except BaseException as failure:
            if borrowed.is_held:
                await borrowed.__aexit__(type(failure), failure, traceback)
            raise
        if borrowed.is_held:
            await borrowed.__aexit__(kind, error, traceback)
        if error is None and self._transaction.announced:
            self._database.on_events(self._transaction.announced)
            self._database.on_announced()

    async def _end(self, error: BaseException | None) -> None:
        try:
            if isinstance(error, Exception):
                await self._transaction.roll_back()
        finally:
            _open_transaction.reset(self._token)
        if error is None:
            await self._transaction.commit()


def refuse_inside_transaction(call: str) -> None:
    """Guard of every call to another service: none is made while a transaction is open."""
    if _open_transaction.get():
        raise RuntimeError(f"{call} was called inside a transaction; call it before opening one")
