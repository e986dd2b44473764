"""Undoing a request that changed more tasks than one transaction should: by a job, each change for itself."""

from taskyard.contracts.task_jobs import MOST_TASKS
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.task.actions.long_jobs import open_job, start_job
from taskyard.task.actions.revert import MOST_CHANGES, require_not_under_way
from taskyard.task.errors import ChangeNotFound, ChangeNotRevertible
from taskyard.task.models.long_jobs import LongJob
from taskyard.task.queries import history
from taskyard.task.queries.long_jobs import insert_changes


async def is_long(db: Statements, caller: Principal, request_id: str) -> bool:
    """Whether a request made more changes than are undone in one transaction."""
    changes = await history.list_change_numbers(db, caller, request_id, MOST_CHANGES + 1)
    return len(changes) > MOST_CHANGES


async def create_revert(tx: Transaction, caller: Principal, request_id: str) -> LongJob:
    """Fix the changes that are to be undone, latest first, and let a job of this transaction undo them.

    Raises ChangeNotFound, ChangeNotRevertible, JobUnderWay or TooManyJobs.
    """
    await require_not_under_way(tx, caller, request_id)
    changes = await history.list_change_numbers(tx, caller, request_id, MOST_TASKS + 1)
    if not changes:
        raise ChangeNotFound
    if len(changes) > MOST_TASKS:
        raise ChangeNotRevertible(f"More than {MOST_TASKS} changes cannot be undone at once.")
    job = await open_job(tx, caller, changes[0].workspace_id, None)
    await insert_changes(tx, job, [(change.id, change.task_id) for change in changes])
    return await start_job(tx, job, len(changes))
