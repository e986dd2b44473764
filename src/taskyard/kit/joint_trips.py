"""Round trips to PostgreSQL that requests share which run the same statement at the same moment.

Whoever comes while a statement's trips are all under way waits until one of them is back, and then goes with everybody
else who waits. So nobody waits for company, and the busier it is the less a statement costs: eight that go together
take half of the database's work for a look, and a third for a write, which needs one COMMIT.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec

from taskyard.kit.commits import Commits
from taskyard.kit.driver_errors import had_no_effect
from taskyard.kit.pool import Borrowed, Connection, Pool

AT_ONCE = 2
"""How many trips of one statement are under way at most."""
MOST = 32
"""How many go on one trip at most."""

Row: TypeAlias = "asyncpg.Record | None"
T = TypeVar("T")


class Joint(msgspec.Struct, frozen=True):
    """A statement that several callers may run together. It answers each with one row or none, a write always with one.

    ``together`` is its text for company, where that differs: everybody on a trip waits for a lock that one of them
    waits for, so it must not wait long; who fails together tries again alone. ``is_write`` says that its COMMIT
    matters to the callers. ``keeping`` is the same statement for a request with an Idempotency-Key: it keeps the answer
    beside what it writes, and writes nothing where one is kept.
    """

    sql: str
    together: str = ""
    is_write: bool = False
    keeping: "Joint | None" = None


class _Rider(msgspec.Struct):
    """One caller who waits; ``lane`` is what their statement locks."""

    args: tuple[Any, ...]
    lane: str
    row: "asyncio.Future[Row]"


class JointTrips:
    """The trips of all statements over one pool."""

    def __init__(self, pool: Pool, commits: Commits) -> None:
        self._pool = pool
        self._commits = commits
        self._routes: dict[Joint, _Route] = {}

    async def fetch_row(self, statement: Joint, lane: str | None, args: tuple[Any, ...]) -> Row:
        """The row that a statement answers with. Statements of a trip run in the order of their lanes.

        Without a lane it goes alone: that is for what locks so much that no order of a trip is the right one.
        Raises what the statement raises, and of a write OutcomeUnknown.
        """
        route = self._routes.get(statement)
        if route is None:
            route = self._routes[statement] = _Route(statement, self._pool, self._commits)
        return await (route.go_alone(args) if lane is None else route.travel(lane, args))


class _Route:
    """The trips of one statement."""

    def __init__(self, statement: Joint, pool: Pool, commits: Commits) -> None:
        self._statement = statement
        self._pool = pool
        self._commits = commits
        self._waiting: deque[_Rider] = deque()
        self._under_way = 0
        self._trips: set[asyncio.Task[None]] = set()

    async def travel(self, lane: str, args: tuple[Any, ...]) -> Row:
        if self._under_way >= AT_ONCE:
            rider = _Rider(args, lane, asyncio.get_running_loop().create_future())
            self._waiting.append(rider)
            return await rider.row
        self._under_way += 1
        try:
            return await self.go_alone(args)
        finally:
            self._come_back()

    def _come_back(self) -> None:
        """Let those who wait by now go, whatever became of the trip before."""
        self._under_way -= 1
        riders: list[_Rider] = []
        while self._waiting and len(riders) < MOST:
            rider = self._waiting.popleft()
            if not rider.row.done():
                riders.append(rider)
        if riders:
            self._under_way += 1
            trip = asyncio.get_running_loop().create_task(self._go_with(riders), context=Context())
            self._trips.add(trip)
            trip.add_done_callback(self._trips.discard)

    async def _go_with(self, riders: list[_Rider]) -> None:
        try:
            if len(riders) == 1 or not await self._go_together(sorted(riders, key=_lane_of)):
                await asyncio.gather(*map(self._take, riders))
        finally:
            self._come_back()

    async def _go_together(self, riders: list[_Rider]) -> bool:
        """Tell everybody how it went. False when each has to go alone: one of them failed, or has no row."""
        sql, many = self._statement.together or self._statement.sql, [rider.args for rider in riders]
        try:
            async with Borrowed(self._pool) as connection:
                rows = await self._run(connection, connection.fetchmany(sql, many))
        except Exception as error:  # noqa: BLE001 - raised by those who asked
            return not _is_undone(error) and _refuse_all(riders, error)
        if len(rows) == len(riders):
            for rider, row in zip(riders, rows, strict=True):
                _answer(rider, row)
            return True
        if not self._statement.is_write:
            return False
        return _refuse_all(riders, RuntimeError("what writes answers everybody with a row: it must not run twice"))

    async def _take(self, rider: _Rider) -> None:
        try:
            _answer(rider, await self.go_alone(rider.args))
        except Exception as error:  # noqa: BLE001 - raised by who asked
            _refuse(rider, error)

    async def go_alone(self, args: tuple[Any, ...]) -> Row:
        """The row for one caller, without waiting for anybody."""
        async with Borrowed(self._pool) as connection:
            return await self._run(connection, connection.fetchrow(self._statement.sql, *args))

    async def _run(self, connection: Connection, trip: Coroutine[Any, Any, T]) -> T:
        return await (self._commits.run(connection, trip) if self._statement.is_write else trip)


def _lane_of(rider: _Rider) -> str:
    return rider.lane


def _is_undone(error: Exception) -> bool:
    """Whether PostgreSQL, or the driver before it, refused one of the statements, so that none had an effect."""
    return any(isinstance(reason, ValueError) or had_no_effect(reason) for reason in (error, error.__cause__) if reason)


def _answer(rider: _Rider, row: Row) -> None:
    if not rider.row.done():
        rider.row.set_result(row)


def _refuse_all(riders: list[_Rider], error: Exception) -> bool:
    for rider in riders:
        _refuse(rider, error)
    return True


def _refuse(rider: _Rider, error: Exception) -> None:
    if not rider.row.done():
        rider.row.set_exception(error)
