"""The way of a task from state to state: what the workflow asks, and what follows from a change of the states."""

import msgspec

from taskyard.contracts.task import TASK_TRANSITIONED, TASK_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.task.actions.fields import FINISHED, completed_at, require_filled
from taskyard.task.errors import WipLimitReached
from taskyard.task.models.moves import Lane, Move
from taskyard.task.models.tasks import Task
from taskyard.task.permissions import require_transition
from taskyard.task.queries import moves as queries

AT_ONCE = 100
"""How many tasks follow a change of the states in one transaction."""


async def require_passage(tx: Transaction, move: Move, wanted: Task, source: str | None) -> None:
    """Let a task go to the state it is to be in, from one of this key, or from nowhere as a new one.

    Raises TransitionNotAllowed, PermissionDenied, WipLimitReached, or InvalidInput naming the fields that are missing.
    """
    require_transition(move, source, wanted.status)
    require_filled(wanted, move.required_fields)
    if move.limit is not None:
        lane = Lane(wanted.workspace_id, wanted.project_id, wanted.status)
        await queries.lock_lane(tx, lane)
        if await queries.count_tasks_in(tx, lane, move.limit) >= move.limit:
            raise WipLimitReached(f"{wanted.status} holds at most {move.limit} tasks.")


async def settled(tx: Transaction, task: Task) -> Task:
    """A task in a state that there is: in the one that took over from its own, when that was given up."""
    found = await queries.find_settled_state(tx, Lane(task.workspace_id, task.project_id, task.status))
    return task if found is None else _in_state(task, *found)


async def settle_tasks(tx: Transaction, lane: Lane) -> int:
    """Let some tasks follow a change of their state: to the one that took over, or as completed or no longer.

    The number of them; less than AT_ONCE when none is left.
    """
    found = await queries.find_settled_state(tx, lane)
    if found is None:
        return 0
    tasks = await queries.lock_unsettled(tx, lane, (found[0], found[1] in FINISHED), AT_ONCE)
    for before in tasks:
        after = msgspec.structs.replace(_in_state(before, *found), updated_at=clock.now(), version=before.version + 1)
        await queries.store_settled(tx, after)
        await announce(tx, _change(before, after))
    return len(tasks)


def _in_state(task: Task, key: str, category: str) -> Task:
    return msgspec.structs.replace(
        task, status=key, completed_at=completed_at(category, task.completed_at, clock.now())
    )


def _change(before: Task, after: Task) -> Change:
    return Change(
        type=TASK_UPDATED if after.status == before.status else TASK_TRANSITIONED,
        resource_id=after.id,
        version=after.version,
        data=after,
        changes=changed_fields(before, after),
        workspace_id=after.workspace_id,
        project_id=after.project_id,
    )
