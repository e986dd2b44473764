"""/tasks/{ref}/duplicate: one task more like it."""

from litestar import Response, post
from litestar.params import FromPath

from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import duplicates as actions
from taskyard.task.actions import read as tasks
from taskyard.task.models.tasks import Task
from taskyard.task.routes.provided import Call, Caller, Store, Workspace


@post(f"{API}/tasks/{{ref:str}}/duplicate", tags=["Tasks"])
async def duplicate_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[Task]:
    """Make a task like another in its project: with its fields and its checklist, all of it to be done.

    It starts in the default state. Comments, relations, subtasks, watchers and time stay with the first.
    """
    require_scope(caller, "tasks:write")
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    pattern = await actions.prepare_duplicate(database, caller, task_id)

    async def act(tx: Transaction) -> Task:
        return await actions.duplicate_task(tx, caller, pattern)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_duplicating(tx, caller, task_id)

    return await write(request, database, act, recheck=recheck, status=201, location=API + "/tasks/{id}")


HANDLERS = [duplicate_task]
