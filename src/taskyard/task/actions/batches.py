"""Many writes of tasks in one transaction: all or nothing, or each for itself."""

from typing import cast

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.problems import FieldError, Problem
from taskyard.task.actions.change import Plan, delete_task, plan_update, restore_task, update_task
from taskyard.task.actions.create import Draft, create_task, prepare_task
from taskyard.task.models.batches import (
    Batch,
    CreateOperation,
    DeleteOperation,
    Operation,
    Outcome,
    Outcomes,
    RestoreOperation,
    UpdateOperation,
)
from taskyard.task.permissions import require_held, require_still_creating
from taskyard.task.queries.batches import lock_tasks
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.tasks import find_permissions


class Step(msgspec.Struct, frozen=True):
    """An operation, with what was found out about it before the transaction."""

    operation: Operation
    draft: Draft | None = None
    plan: Plan | None = None

    @property
    def hangs_in(self) -> str | None:
        """The workspace in which it changes how tasks hang together, if it does."""
        if self.draft is not None and self.draft.place is not None and self.draft.new.parent_id is not None:
            return self.draft.place.workspace_id
        if self.plan is not None and self.plan.found is not None and self.plan.patch.parent_id is not UNSET:
            return self.plan.found.task.workspace_id
        return None


async def prepare_batch(database: Database, caller: Principal, batch: Batch) -> list[Step]:
    """Look at everything a batch is about. Refuses nothing: that is for carry_out."""
    return [await _prepare(database, caller, operation) for operation in batch.operations]


async def _prepare(database: Database, caller: Principal, operation: Operation) -> Step:
    match operation:
        case CreateOperation(task=new):
            return Step(operation, draft=await prepare_task(database, caller, new))
        case UpdateOperation(task_id=task_id, patch=patch, version=version):
            return Step(operation, plan=await plan_update(database, caller, task_id, patch, expected=version))
        case _:
            return Step(operation)


async def carry_out(tx: Transaction, caller: Principal, steps: list[Step], *, atomic: bool, trace_id: str) -> Outcomes:
    """Do everything in its order. An atomic batch raises what its first refused operation raises, and says which."""
    for workspace_id in sorted({step.hangs_in for step in steps} - {None}, key=str):
        await lock_graph(tx, str(workspace_id))
    named = [step.operation.task_id for step in steps if not isinstance(step.operation, CreateOperation)]
    await lock_tasks(tx, caller, named)  # also for none: a single write would else be the whole transaction
    results = []
    for place, step in enumerate(steps):
        try:
            async with tx.savepoint():
                results.append(await _carry_out(tx, caller, step))
        except Problem as problem:
            if problem.status >= 500:
                raise
            if atomic:
                raise _named(problem, place) from problem
            results.append(Outcome(problem.status, problem=problem.document(trace_id)))
    return Outcomes(results)


async def require_still_doing(tx: Statements, caller: Principal, steps: list[Step]) -> None:
    """Refuse a stored answer to a caller who may not do any one of it any more."""
    for step in steps:
        operation = step.operation
        if isinstance(operation, CreateOperation):
            require_still_creating(None if step.draft is None else step.draft.place)
        else:
            needed = Permission.TASK_EDIT if isinstance(operation, UpdateOperation) else Permission.TASK_DELETE
            require_held(await find_permissions(tx, caller, operation.task_id), needed)


async def _carry_out(tx: Transaction, caller: Principal, step: Step) -> Outcome:
    if step.draft is not None:
        return Outcome(201, await create_task(tx, caller, step.draft))
    if step.plan is not None:
        return Outcome(200, await update_task(tx, caller, step.plan))
    operation = cast("DeleteOperation | RestoreOperation", step.operation)  # every other has a draft or a plan
    if isinstance(operation, RestoreOperation):
        return Outcome(200, await restore_task(tx, caller, operation.task_id, expected=operation.version))
    await delete_task(tx, caller, operation.task_id, expected=operation.version)
    return Outcome(204)


def _named(problem: Problem, place: int) -> Problem:
    """The same refusal, with the place of its operation in the batch."""
    errors = [FieldError(f"/operations/{place}{error.pointer}", error.detail) for error in problem.errors]
    return type(problem)(f"Operation {place}: {problem.detail}", errors=errors)
