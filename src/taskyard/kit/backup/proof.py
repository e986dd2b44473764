"""The proof of a backup: how many rows each table has at a named place of the log, and a sum over what they are.

Writers wait for some milliseconds while the place is named, so the rows that are counted afterwards, at
leisure and in a snapshot, are exactly those that a recovery up to this place must have.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from taskyard.kit.backup.errors import BackupError
from taskyard.kit.queries import backup as queries
from taskyard.kit.queries.migrations import Owner

ATTEMPTS = 50


class TableProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a table holds."""

    rows: int
    total: str


Proof = dict[str, TableProof]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Owner]:
    """A connection of the owner's."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


async def prove_at(url: str, restore_point: str) -> tuple[Proof, str]:
    """Name a place of the log; gives what the tables hold there, and the segment it is in. Raises BackupError."""
    async with connected(url) as holder, connected(url) as reader:
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            segment = await _hold(holder, reader, restore_point)
            proof = await _prove(reader)
        await queries.switch_segment(holder)
        return proof, segment


async def prove(connection: Owner) -> Proof:
    """What the tables hold now."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _prove(connection)


def differences(expected: Proof, found: Proof) -> list[str]:
    """Tables that are not the same, in words."""
    return [
        f"{title}: {_words(expected.get(title))} expected, {_words(found.get(title))} found"
        for title in sorted(expected.keys() | found.keys())
        if expected.get(title) != found.get(title)
    ]


async def _hold(holder: Owner, reader: Owner, restore_point: str) -> str:
    """Keep writers out for the moment in which the snapshot is taken and the place is named."""
    for _ in range(ATTEMPTS):
        try:
            async with holder.transaction():
                await queries.lock_against_writes(holder, await queries.list_tables(holder))
                await queries.import_snapshot(reader, await queries.export_snapshot(holder))
                return await queries.create_restore_point(holder, restore_point)
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(0.2)
    raise BackupError("the tables are written to without a pause, so their state cannot be recorded: try again")


async def _prove(connection: Owner) -> Proof:
    await queries.fix_form_of_values(connection)
    return {
        table.title: TableProof(*await queries.fingerprint(connection, table))
        for table in await queries.list_tables(connection)
    }


def _words(proof: TableProof | None) -> str:
    return "no table" if proof is None else f"{proof.rows} rows with sum {proof.total}"
