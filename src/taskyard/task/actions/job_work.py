"""Working through the tasks of a job: a few at a time, each of them once, whatever ends an attempt early.

The transaction that changes tasks says what became of them and holds the row of the job, so whoever comes next, or
too late, goes on behind the last that was committed. Each task is changed with the rights that who asked has by then.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from taskyard.contracts.task_jobs import Kind
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database, Origin, Transaction
from taskyard.kit.problems import Problem
from taskyard.task.actions.bulk import change_one, changes_ties
from taskyard.task.actions.project_copies import prepare_copies
from taskyard.task.actions.revert import undo
from taskyard.task.errors import ChangeNotFound
from taskyard.task.models.bulk import BulkMove
from taskyard.task.models.history import PastChange
from taskyard.task.models.long_jobs import Duplication, Item, Result, Undertaking, Working
from taskyard.task.queries import long_jobs as queries
from taskyard.task.queries.batches import lock_tasks
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.history import find_change

AT_ONCE = 20
"""Tasks in one transaction."""
COPIES_AT_ONCE = 5
"""While copies are made, nobody else relates tasks of the workspace; so these are fewer."""
PAUSE = 0.02
REST = 1.0
"""Between two of them everybody else has so many seconds, and so many times as long as one took, if that is more."""

ORIGINS: dict[Kind, Origin] = {"bulk": "api", "duplicate": "import", "revert": "revert"}
"""A copy comes from elsewhere: it is no news to those it names."""


async def work_off(database: Database, named: Working) -> None:
    """Do what is left to do, until nothing is or nobody wants it any more."""
    began = time.monotonic()
    while await _do_some(database, named):
        await asyncio.sleep(max(PAUSE, REST * (time.monotonic() - began)))
        began = time.monotonic()


async def _do_some(database: Database, named: Working) -> bool:
    async with database.transaction() as tx:
        asked = await queries.lock_job(tx, named, clock.now())
        items = [] if asked is None else await queries.list_items_to_do(tx, asked.job, _at_once(asked))
        if asked is None or not items:
            return False
        origin = ORIGINS[asked.job.kind]
        tx.cause = Cause(actor_id=asked.job.asked_by, origin=origin, request_id=asked.job.request_id)
        act = await _prepare(tx, asked, items)
        await queries.store_results(tx, asked.job, [await _result(tx, act, item) for item in items])
    return True


def _at_once(asked: Undertaking) -> int:
    """A task that goes elsewhere is locked with its parts, in their order, so no other may be locked before it."""
    if isinstance(asked.operation, BulkMove):
        return 1
    return COPIES_AT_ONCE if isinstance(asked.operation, Duplication) else AT_ONCE


async def _prepare(tx: Transaction, asked: Undertaking, items: Sequence[Item]) -> Callable[[Item], Awaitable[bool]]:
    """What is done to each item, after everything was locked in the order in which others lock it."""
    caller, operation = asked.caller, asked.operation
    if isinstance(operation, Duplication):
        return await prepare_copies(tx, asked, operation, items)
    changes = {item.place: await find_change(tx, caller, item.change_id) for item in items if item.change_id}
    tied = {change.workspace_id for change in changes.values() if change and "parent_id" in change.changes}
    if operation is not None and changes_ties(operation):
        tied = {asked.job.workspace_id}
    for workspace_id in sorted(tied):
        await lock_graph(tx, workspace_id)
    if not isinstance(operation, BulkMove):
        await lock_tasks(tx, caller, [item.task_id for item in items])

    async def act(item: Item) -> bool:
        if operation is not None:
            return await change_one(tx, caller, operation, item.task_id)
        await undo(tx, caller, _present(changes[item.place]))
        return True

    return act


async def _result(tx: Transaction, act: Callable[[Item], Awaitable[bool]], item: Item) -> Result:
    try:
        async with tx.savepoint():
            is_changed = await act(item)
    except Problem as problem:
        if problem.status >= 500:
            raise
        return Result(item.place, "refused", problem.code(), problem.detail)
    return Result(item.place, "changed" if is_changed else "unchanged")


def _present(change: PastChange | None) -> PastChange:
    if change is None:
        raise ChangeNotFound
    return change
