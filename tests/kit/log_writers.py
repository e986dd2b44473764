"""What the tests of the change log write and wait for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.leases import Leases
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal

SCRATCH_TABLES = """
    CREATE TABLE IF NOT EXISTS public.drill_resources (id uuid PRIMARY KEY, version integer NOT NULL);
    CREATE TABLE IF NOT EXISTS public.drill_effects (consumer text NOT NULL, position bigint NOT NULL);
    GRANT SELECT, INSERT, UPDATE ON public.drill_resources, public.drill_effects TO PUBLIC
"""


class Written(msgspec.Struct, frozen=True):
    """The state of a test's resource."""

    version: int


async def announce_version(tx: Transaction, resource_id: str, version: int, event_type: str = "drill.written") -> None:
    change = Change(type=event_type, resource_id=resource_id, version=version, data=Written(version))
    await announce(tx, change)


async def write_version(tx: Transaction, resource_id: str) -> int:
    """Raise a resource's version under its row lock and announce it, as every action does."""
    version: int = await tx.fetch_value(
        """
        INSERT INTO public.drill_resources AS r (id, version) VALUES ($1, 1)
        ON CONFLICT (id) DO UPDATE SET version = r.version + 1 RETURNING version
        """,
        resource_id,
    )
    await announce_version(tx, resource_id, version)
    return version


async def write_events(database: Database, count: int, event_type: str = "drill.written") -> list[str]:
    """Commit so many events of fresh resources; the resources' ids."""
    ids = [new_id() for _ in range(count)]
    for resource_id in ids:
        async with database.transaction() as tx:
            await announce_version(tx, resource_id, 1, event_type)
    return ids


def sequencer_of(databases: dict[str, Database], wake: Signal | None = None) -> Sequencer:
    database = databases["sequencer"]
    return Sequencer(database, Leases(database), wake or Signal(), lambda _: None)


async def place_all(databases: dict[str, Database]) -> None:
    """Place everything that is committed."""
    sequencer = sequencer_of(databases)
    while await sequencer.place():
        pass


async def pass_over_log(databases: dict[str, Database], service: str, consumer: str) -> None:
    """Let a consumer begin at the head of the log: what other tests wrote there need make no sense to it."""
    await place_all(databases)
    await databases[service].execute(
        """
        INSERT INTO consumer_cursors (consumer, epoch, position) SELECT $1, epoch, last_position FROM log.head_v1
        ON CONFLICT (consumer) DO UPDATE SET position = excluded.position, failures = 0, retry_at = NULL
        """,
        consumer,
    )


async def list_effects(databases: dict[str, Database], consumer: str) -> list[int]:
    rows = await databases["owner"].fetch(
        "SELECT position FROM public.drill_effects WHERE consumer = $1 ORDER BY position", consumer
    )
    return [row[0] for row in rows]


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Let endless work run beside the test."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def eventually(question: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until the answer is yes; fail when it takes too long."""
    async with asyncio.timeout(seconds):
        while not await question():  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.02)
