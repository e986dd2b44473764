"""Consumers: code that reacts to events of the change log, each event's effects exactly once, in order.

A consumer's cursor moves in the transaction of its effects, so a crash repeats both or neither. Any
number of processes may run the same consumer; the cursor's row lock lets one work at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, NoReturn, TypeAlias

import msgspec
import structlog

from taskyard.kit import clock, logs
from taskyard.kit.changelog import Event, event_from
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.loops import keep_running, reason_of
from taskyard.kit.queries import consumers as queries
from taskyard.kit.signals import Signal

Handle: TypeAlias = Callable[[Transaction, Event], Awaitable[None]]
HandleSpan: TypeAlias = Callable[[Transaction, int, int], Awaitable[None]]
"""Gets the position that a span of events follows, and that of its last one."""
Place: TypeAlias = Literal["beginning", "head"]

WINDOW = 100
POLL = 5.0
"""Seconds until a consumer looks though nobody told it to; the head of the log is watched for all of a process."""
OTHERS_TURN = 0.5
"""Seconds that another runner of the same consumer is given; should it end, nothing tells the others."""
PASS_EVERY = 1.0
"""Seconds between two writes of a cursor that only passes over events which are none of its consumer's."""
GATHER = 0.2
"""Seconds between two windows that were not full, unless a consumer says otherwise."""
ATTEMPTS = 5
LONGEST_RETRY = timedelta(minutes=5)

_log = structlog.get_logger()


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """One reader of the change log.

    ``handle`` makes its effects in the transaction it is given and calls nothing over the network; ``types`` limits
    the events it gets. ``handle_span``, in its place, reads the log itself and handles all events of a span at once,
    for effects that are one statement however many events there are. ``after_restore`` says what to do when the
    database was restored to an earlier time (a new epoch): the cursor was restored with it, so going on is right
    unless the effects lie outside the database. ``gather`` is how many seconds events are let come together when there
    are few, its own or those of others: each window costs a transaction and each look a statement, so what nobody waits
    for takes long.
    """

    name: str
    handle: Handle | None = None
    handle_span: HandleSpan | None = None
    types: frozenset[str] | None = None
    starts_at: Place = "beginning"
    after_restore: Place | Literal["cursor"] = "cursor"
    retry_after: timedelta = timedelta(seconds=1)
    gather: float = GATHER


async def run_consumer(database: Database, consumer: Consumer, wake: Signal) -> NoReturn:
    """Handle events as they are placed, until cancelled; ``wake`` only spares waiting for the next poll."""
    await keep_running(f"consumer {consumer.name}", _Runner(database, consumer, wake).step)


async def catch_up(database: Database, consumer: Consumer) -> None:
    """Handle all events that are placed, and return: for who must know that their effects are there."""
    await _Runner(database, consumer, Signal()).catch_up()


async def replay_dead_letters(database: Database, consumer: Consumer) -> int:
    """Handle once more what was put aside, each in its own transaction; how many went through."""
    replayed = 0
    for position in await queries.list_dead_letters(database, consumer.name):
        try:
            replayed += await _replay(database, consumer, position)
        except Exception:  # noqa: BLE001 - logged; the letter stays
            _log.exception("dead_letter_failed_again", consumer=consumer.name, position=position)
    return replayed


async def _replay(database: Database, consumer: Consumer, position: int) -> bool:
    async with database.transaction() as tx:
        if not await queries.delete_dead_letter(tx, consumer.name, position):
            return False
        if consumer.handle_span is not None:
            await consumer.handle_span(tx, position - 1, position)
            return True
        for row in await queries.list_events_until(tx, position - 1, position, None):
            await _handle(tx, consumer, event_from(row))
    return True


async def _handle(tx: Transaction, consumer: Consumer, event: Event) -> None:
    """Whatever the handler announces in its turn was caused by the event's actor, automatically."""
    tx.cause = Cause(actor_id=event.actor_id, origin="automation", request_id=event.request_id)
    if consumer.handle is not None:
        await consumer.handle(tx, event)


class _Runner:
    """One process's turn at a consumer.

    The events of a window share a transaction. When one of them fails, those before it are handled anew without it,
    and then it alone, so that it takes nothing with it. A span does not say which of its events failed: it is halved
    until that one is alone, and grows again afterwards.
    """

    def __init__(self, database: Database, consumer: Consumer, wake: Signal) -> None:
        self._database = database
        self._consumer = consumer
        self._wake = wake
        self._handling: Event | None = None
        self._span: tuple[int, int] | None = None
        """The span that is being handled: what it follows, and its end."""
        self._window = WINDOW
        self._types = None if consumer.types is None else sorted(consumer.types)
        self._passed_at = float("-inf")
        self._suspect: int | None = None
        """The position of an event that has failed and is not passed yet."""

    async def step(self) -> None:
        """Handle one window of events, or wait for some."""
        seen = self._wake.count
        cursor = await self._find_cursor()
        if cursor is None:
            return
        if self._may_pass_later(cursor):
            await asyncio.sleep(self._consumer.gather)  # where much is written, every moment brings news for others
            await self._wake.wait(PASS_EVERY, seen=seen)
        elif not _has_work(cursor):
            await self._wait(cursor, seen)
        elif not await self._work(cursor):
            await self._wake.wait(OTHERS_TURN, seen=seen)
        elif cursor["last_position"] - cursor["position"] < WINDOW:
            await asyncio.sleep(self._consumer.gather)

    async def _wait(self, cursor: Any, seen: int) -> None:
        """Wait for news, or for the next attempt at an event that failed: news do not hasten that."""
        if _is_resting(cursor):
            rest: timedelta = cursor["retry_at"] - clock.now()
            await asyncio.sleep(max(0.0, min(rest.total_seconds(), POLL)))
        else:
            await self._wake.wait(POLL, seen=seen)

    def _may_pass_later(self, cursor: Any) -> bool:
        """Whether there are only a few events to pass over, and that was done a moment ago."""
        is_short = cursor["last_position"] - cursor["position"] < WINDOW
        is_early = asyncio.get_running_loop().time() < self._passed_at + PASS_EVERY
        return is_short and is_early and not _needs_a_lock(cursor) and _has_work(cursor)

    async def catch_up(self) -> None:
        """Handle window after window until there is nothing left, or another runner is at it."""
        while (cursor := await self._find_cursor()) is None or (_has_work(cursor) and await self._work(cursor)):
            pass

    async def _find_cursor(self) -> Any | None:
        """Where the consumer stands; None the first time, when it has just been made known."""
        cursor = await queries.find_cursor(self._database, self._consumer.name, self._types, WINDOW)
        if cursor is None:
            at_head = self._consumer.starts_at == "head"
            await queries.insert_cursor(self._database, self._consumer.name, at_head=at_head)
        return cursor

    async def _work(self, seen: Any) -> bool:
        """Handle one window, or find out which event of it fails; whether there was anything to do."""
        if not _needs_a_lock(seen):
            self._passed_at = asyncio.get_running_loop().time()
            until = min(seen["position"] + WINDOW, seen["last_position"])
            return await queries.pass_over(self._database, self._consumer.name, seen, until)
        self._handling = self._span = None
        try:
            async with self._database.transaction() as tx:
                cursor = await queries.lock_cursor(tx, self._consumer.name)
                if cursor is None or not _has_work(cursor):
                    return False
                await self._advance(tx, cursor)
        except Exception as error:
            if self._span is not None:
                await self._halve(*self._span, error)
            elif self._handling is not None:
                with logs.caused_by(self._handling.request_id):
                    await self._isolate(self._handling.position, error)
            else:
                raise
        else:
            self._window = min(2 * self._window, WINDOW)
        return True

    async def _advance(self, tx: Transaction, cursor: Any) -> None:
        name, epoch = self._consumer.name, cursor["log_epoch"]
        if cursor["epoch"] != epoch:
            await queries.move_cursor(tx, name, epoch, self._place_after_restore(cursor))
            return
        until = min(self._end_of_window(cursor["position"]), cursor["last_position"])
        if self._consumer.handle_span is not None:
            self._span = (cursor["position"], until)
            await self._consumer.handle_span(tx, *self._span)
            self._span = None
            await queries.move_cursor(tx, name, epoch, until)
            return
        for row in await queries.list_events_until(tx, cursor["position"], until, self._types):
            self._handling = event_from(row)
            with logs.caused_by(self._handling.request_id):
                await _handle(tx, self._consumer, self._handling)
        self._handling = None
        await queries.move_cursor(tx, name, epoch, until)

    def _end_of_window(self, position: int) -> int:
        if self._suspect is None or self._suspect <= position:
            self._suspect = None
            return position + self._window
        return self._suspect if position + 1 == self._suspect else self._suspect - 1

    async def _halve(self, after: int, until: int, error: Exception) -> None:
        """Take less the next time; what fails alone is the one."""
        self._window = max(1, (until - after) // 2)
        if until - after == 1:
            await self._isolate(until, error)

    async def _isolate(self, position: int, error: Exception) -> None:
        """Count the failure of an event that was handled alone; otherwise see to it that it will be."""
        self._suspect = position
        async with self._database.transaction() as tx:
            cursor = await queries.lock_cursor(tx, self._consumer.name)
            if cursor is not None and cursor["position"] + 1 == position:
                await self._record_failure(tx, cursor["epoch"], position, cursor["failures"], error)

    async def _record_failure(
        self, tx: Transaction, epoch: int, position: int, earlier_failures: int, error: Exception
    ) -> None:
        """Plan the next attempt, or put the event aside after the last one."""
        name, failures, reason = self._consumer.name, earlier_failures + 1, repr(reason_of(error))
        _log.warning("event_failed", consumer=name, position=position, failures=failures, exc_info=error)
        if failures >= ATTEMPTS:
            await queries.insert_dead_letter(tx, name, position, reason.replace("\0", ""), clock.now())
            await queries.move_cursor(tx, name, epoch, position)
            _log.error("event_put_aside", consumer=name, position=position, error=reason)
            return
        pause = min(self._consumer.retry_after * 2 ** (failures - 1), LONGEST_RETRY)
        await queries.note_failure(tx, name, failures, clock.now() + pause)

    def _place_after_restore(self, cursor: Any) -> int:
        policy, head = self._consumer.after_restore, cursor["last_position"]
        places = {"cursor": min(cursor["position"], head), "head": head, "beginning": 0}
        _log.warning("consumer_meets_new_epoch", consumer=self._consumer.name, goes_on_at=places[policy])
        return int(places[policy])


def _has_work(cursor: Any) -> bool:
    behind = cursor["position"] < cursor["last_position"] or cursor["epoch"] != cursor["log_epoch"]
    return behind and not _is_resting(cursor)


def _needs_a_lock(cursor: Any) -> bool:
    """Whether there is more to do than to pass over events of other types."""
    return bool(cursor["is_concerned"] or cursor["failures"] or cursor["epoch"] != cursor["log_epoch"])


def _is_resting(cursor: Any) -> bool:
    """Whether the event after the cursor failed and its next attempt lies ahead."""
    return cursor["retry_at"] is not None and cursor["retry_at"] > clock.now()
