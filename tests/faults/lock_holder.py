"""A process that works under a lock: it takes it, says so, and writes when it is told to, as long as it is told to.

Started as a program by the drill of stopped holders: `lock_holder.py DATABASE_URL REDIS_URL NAME SECONDS FENCE`.
"""

import asyncio
import sys
from datetime import timedelta

import structlog

from taskyard.kit.database import Database
from taskyard.kit.locks import Lock, LockLost, Locks, require_held
from taskyard.kit.redis import Redis

EFFECT = "INSERT INTO public.drill_effects (consumer, position) VALUES ($1, $2)"


async def write(database: Database, lock: Lock, *, is_fenced: bool) -> None:
    """Leave the lock's number, in the order of COMMIT; the mutant does not ask whether the lock is still held."""
    async with database.transaction() as tx:
        if is_fenced:
            await require_held(tx, lock)
        await tx.execute(EFFECT, lock.name, lock.number)


async def main(database_url: str, redis_url: str, name: str, seconds: float, *, is_fenced: bool) -> None:
    """Answer each line of the input with how the write went."""
    database, redis = Database(database_url), Redis(redis_url)
    async with Locks(redis, database).held(name, timedelta(seconds=seconds)) as lock:
        print("held", flush=True)  # noqa: T201 - to whoever started us
        assert lock is not None
        while await asyncio.to_thread(sys.stdin.readline):
            try:
                await write(database, lock, is_fenced=is_fenced)
            except LockLost:
                print("fenced", flush=True)  # noqa: T201 - as above
            else:
                print("written", flush=True)  # noqa: T201 - as above
    await redis.close()
    await database.close()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    *texts, fence = sys.argv[1:]
    asyncio.run(main(texts[0], texts[1], texts[2], float(texts[3]), is_fenced=fence == "fenced"))
