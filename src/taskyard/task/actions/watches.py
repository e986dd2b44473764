"""Watching a task, or not."""

from taskyard.contracts.task import WATCH_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.task.errors import TaskNotFound
from taskyard.task.models.watches import Watch
from taskyard.task.queries import watches as queries


async def get_watch(db: Statements, caller: Principal, task_id: str) -> Watch:
    """Whether the caller watches a task. Raises TaskNotFound."""
    is_watching = await queries.find_watching(db, caller, task_id)
    if is_watching is None:
        raise TaskNotFound
    return Watch(task_id, is_watching)


async def set_watch(tx: Transaction, caller: Principal, task_id: str, *, is_watching: bool) -> Watch:
    """Remember that the caller watches a task, or does not whatever they have to do with it. Raises TaskNotFound."""
    before = await queries.lock_watch(tx, caller, task_id)
    if before is None or before.is_watching != is_watching:
        after = await queries.store_watch(tx, caller, task_id, clock.now(), is_watching=is_watching)
        if after is None:
            raise TaskNotFound
        change = Change(
            type=WATCH_UPDATED,
            resource_id=after.id,
            version=after.version,
            data=after,
            changes={} if before is None else changed_fields(before, after),
            workspace_id=after.workspace_id,
            project_id=after.project_id,
            audience_id=caller.id,
        )
        await announce(tx, change)
    return Watch(task_id, is_watching)
