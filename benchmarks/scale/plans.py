"""What a statement touches: it runs under EXPLAIN, as the service would run it, and its pages are counted."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import asyncpg
import msgspec

from taskyard.kit.database import Database, Statements


class Cost(msgspec.Struct, frozen=True):
    """What one statement touched, and what it gave."""

    buffers: int
    rows: int
    plan: str


class _Plan(msgspec.Struct, frozen=True):
    rows: float = msgspec.field(name="Actual Rows")
    hit: int = msgspec.field(name="Shared Hit Blocks")
    read: int = msgspec.field(name="Shared Read Blocks")


class _Explained(msgspec.Struct, frozen=True):
    plan: _Plan = msgspec.field(name="Plan")


class Explaining:
    """Stands where a query expects the database: counts what a statement touches, and answers that nothing is there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.costs: list[Cost] = []

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Run a statement by its generic plan, twice, for the first time reads the catalogue too."""
        values = ", ".join(_literal(arg) for arg in args)
        execution = f"EXECUTE asked{f'({values})' if values else ''}"
        async with self._database.transaction() as tx:
            await tx.execute(f"PREPARE asked AS {sql}")
            for _ in range(2):
                found = await tx.fetch_value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {execution}")
            await tx.execute("DEALLOCATE asked")
        plan = msgspec.json.decode(found, type=list[_Explained])[0].plan
        self.costs.append(Cost(plan.hit + plan.read, round(plan.rows), found))
        return []

    async def fetch_value(self, sql: str, *args: object) -> None:
        """The same for a value."""
        await self.fetch(sql, *args)


async def cost_of(database: Database, ask: Callable[[Statements], Awaitable[Any]]) -> Cost:
    """What the statement that a query sends costs; ``ask`` hands it the database."""
    explaining = Explaining(database)
    await ask(cast(Statements, explaining))
    (cost,) = explaining.costs
    return cost


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return "'{" + ",".join(f'"{one}"' for one in value) + "}'"
    return "'" + str(value).replace("'", "''") + "'"
