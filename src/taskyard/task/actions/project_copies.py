"""Making the tasks of a project once more in one that was made like it: begun by its event, carried out by a job.

What is a copy of what is told by the ids alone: a copy's is derived from its project and the task it was made like. So
parts find their whole and relations their other end, whoever goes on with the job.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from taskyard.contracts.access import Permission
from taskyard.contracts.project_copies import ProjectCopied
from taskyard.kit.database import Transaction
from taskyard.kit.ids import LOWEST_ID, derived_id
from taskyard.kit.principal import Principal, acting_for
from taskyard.kit.problems import PermissionDenied
from taskyard.task.actions.create import creation_of
from taskyard.task.actions.duplicates import repeat_items
from taskyard.task.actions.fields import FINISHED
from taskyard.task.actions.long_jobs import open_promised_job, start_job
from taskyard.task.actions.relations import create_relation
from taskyard.task.actions.relocations import Destination, find_destination, fitted, in_a_state
from taskyard.task.errors import TaskNotFound
from taskyard.task.models.checklists import MOST_ITEMS
from taskyard.task.models.long_jobs import Duplication, Item, Undertaking, Working
from taskyard.task.models.relations import NewRelation, Relation
from taskyard.task.models.tasks import Task
from taskyard.task.permissions import require_site
from taskyard.task.queries import project_copies as queries
from taskyard.task.queries.anchors import find_site
from taskyard.task.queries.checklists import list_items
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.relations import list_relations
from taskyard.task.queries.tasks import insert_task

MOST_RELATIONS = 1_000
"""How many relations of a task its copy has at most."""


async def begin_copies(tx: Transaction, copied: ProjectCopied) -> None:
    """Fix the tasks of the first project that who asked sees, and let a job make them in the second."""
    caller = acting_for(copied.asked_by)
    operation = Duplication(copied.source_id, copied.id)
    job = await open_promised_job(tx, Working(copied.workspace_id, copied.job_id), caller, operation)
    await start_job(tx, job, await queries.insert_tasks_of(tx, caller, job, copied.source_id))


async def prepare_copies(
    tx: Transaction, asked: Undertaking, operation: Duplication, items: Sequence[Item]
) -> Callable[[Item], Awaitable[bool]]:
    """What is done to each item, after the numbers of all were taken; it refuses what concerns all, each time."""
    caller, workspace_id, project_id = asked.caller, asked.job.workspace_id, operation.project_id
    await lock_graph(tx, workspace_id)
    patterns = await queries.list_patterns(tx, caller, workspace_id, [item.task_id for item in items])
    projects = (operation.source_id, project_id)
    there, number = await find_destination(tx, caller, workspace_id, projects, len(items))
    site = await find_site(tx, caller, project_id)

    async def act(item: Item) -> bool:
        require_site(site, Permission.TASK_CREATE)
        if item.task_id not in patterns:
            raise TaskNotFound
        await _copy(tx, caller, there, patterns[item.task_id], number + item.place - items[0].place)
        return True

    return act


async def _copy(tx: Transaction, caller: Principal, there: Destination, pattern: Task, number: int) -> None:
    steps = await list_items(tx, caller, pattern.id, "", MOST_ITEMS)
    related = await list_relations(tx, caller, pattern.id, LOWEST_ID, MOST_RELATIONS)
    task = await _made_like(tx, caller, there, pattern, number)
    others = [derived_id(there.project_id, one.target_id) for one in related]
    parent_id = None if pattern.parent_id is None else derived_id(there.project_id, pattern.parent_id)
    present = await queries.list_present(tx, task, [*others, *([] if parent_id is None else [parent_id])])
    task = msgspec.structs.replace(task, parent_id=parent_id if parent_id in present else None)
    if not await insert_task(tx, caller, task, creation_of(task)):
        raise PermissionDenied("The project was archived, or closed to you, a moment ago.")
    await repeat_items(tx, caller, steps, task.id)
    for relation, other_id in zip(related, others, strict=True):
        if other_id in present:
            await _relate(tx, caller, task.id, relation, other_id)


async def _made_like(tx: Transaction, caller: Principal, there: Destination, pattern: Task, number: int) -> Task:
    """A task with what the other project has of what the first has, to be done: in its state unless that is an end."""
    fresh = msgspec.structs.replace(
        pattern,
        id=derived_id(there.project_id, pattern.id),
        created_by=caller.id,
        created_at=there.at,
        completed_at=None,
        archived_at=None,
        version=0,
    )
    named = [one for one in there.states if one.key == pattern.status and one.move.category not in FINISHED]
    choices = [*named, *(one for one in there.states if one.is_default)]
    return await in_a_state(tx, choices, fresh, await fitted(tx, there, fresh, number, is_root=False))


async def _relate(tx: Transaction, caller: Principal, task_id: str, relation: Relation, other_id: str) -> None:
    """Relate a copy to one that was made before, as their patterns are: whichever comes second does it for both."""
    if relation.kind == "duplicated_by":
        await create_relation(tx, caller, other_id, NewRelation("duplicates", task_id))
    else:
        await create_relation(tx, caller, task_id, NewRelation(relation.kind, other_id))
