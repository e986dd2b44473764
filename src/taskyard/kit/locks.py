"""Locks: one process at a time does a piece of work that would be wasteful to do twice.

Redis says who, so that those who come too late cost PostgreSQL nothing; without Redis, PostgreSQL does. A lock
saves work, it does not make work correct: a holder that was stopped past its time believes it still has it. So each
has a number from PostgreSQL, higher than that of every earlier holder, and whatever is written under a lock asks
``require_held`` in its transaction. See docs/decisions/0028-locks.md.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import msgspec
import structlog

from taskyard.kit.database import Database, Transaction
from taskyard.kit.problems import OutcomeUnknown, Unavailable
from taskyard.kit.queries import locks as queries
from taskyard.kit.redis import CALL_SECONDS, Redis, RedisDown, Script

_ACQUIRE = Script("return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0")
_EXTEND = Script("return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0")
_RELEASE = Script("return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0")

_log = structlog.get_logger()


class LockLost(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """Somebody else has held the lock since; nothing of this work may count."""


class Lock(msgspec.Struct, frozen=True):
    """A right to do ``name`` for a while. ``token`` proves it to Redis, ``number`` to PostgreSQL."""

    name: str
    token: str
    number: int


class Locks:
    """The dealings of this process with locks: in Redis, and in the ``fences`` of one service."""

    def __init__(self, redis: Redis, database: Database) -> None:
        self._redis = redis
        self._database = database

    async def acquire(self, name: str, duration: timedelta) -> Lock | None:
        """Take the lock if nobody holds it; None while somebody, even in this process, does. Raises Unavailable."""
        token = secrets.token_hex(16)
        try:
            is_ours = await self._ask(_ACQUIRE, name, token, _milliseconds(duration))
        except RedisDown:
            number = await queries.raise_free_fence(self._database, name, duration)
            return None if number is None else Lock(name, token, number)
        if not is_ours:
            return None
        try:
            return Lock(name, token, await queries.raise_fence(self._database, name, duration))
        except BaseException:
            with suppress(RedisDown):
                await self._ask(_RELEASE, name, token)
            raise

    async def extend(self, lock: Lock, duration: timedelta) -> bool:
        """Hold the lock for another ``duration`` from now; False when it is lost. Raises Unavailable."""
        try:
            is_ours = bool(await self._ask(_EXTEND, lock.name, lock.token, _milliseconds(duration)))
        except RedisDown:
            is_ours = True  # as far as Redis can say
        return is_ours and await queries.hold_fence(self._database, lock.name, lock.number, duration)

    async def release(self, lock: Lock) -> None:
        """Let the next one have the lock at once; harmless when it is lost already."""
        with suppress(Unavailable, OutcomeUnknown):
            await queries.hold_fence(self._database, lock.name, lock.number, timedelta(0))
        with suppress(RedisDown):
            await self._ask(_RELEASE, lock.name, lock.token)

    @asynccontextmanager
    async def held(self, name: str, duration: timedelta) -> AsyncIterator[Lock | None]:
        """Hold the lock, prolonging it, for as long as the block runs; None when somebody else has it.

        It may be lost meanwhile; ``require_held`` is what notices.
        """
        lock = await self.acquire(name, duration)
        if lock is None:
            yield None
            return
        keeper = asyncio.create_task(self._keep(lock, duration))
        try:
            yield lock
        finally:
            keeper.cancel()
            await self.release(lock)

    async def _keep(self, lock: Lock, duration: timedelta) -> None:
        """Prolong the lock until cancelled or lost."""
        is_held = True
        while is_held:
            await asyncio.sleep(duration.total_seconds() / 3)
            with suppress(Unavailable, OutcomeUnknown):
                is_held = await self.extend(lock, duration)
        _log.warning("lock_lost", lock=lock.name, number=lock.number)

    async def _ask(self, script: Script, name: str, *args: object) -> int:
        return int(await self._redis.run(script, [f"taskyard:lock:{name}"], args, timeout=CALL_SECONDS))


async def require_held(tx: Transaction, lock: Lock) -> None:
    """Let this transaction count only while nobody else has held the lock since. Raises LockLost."""
    if not await queries.is_behind_fence(tx, lock.name, lock.number):
        raise LockLost(lock.name)


def _milliseconds(duration: timedelta) -> int:
    return max(1, int(duration.total_seconds() * 1000))
