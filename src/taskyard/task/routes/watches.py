"""Watching tasks over HTTP: everybody's own."""

from litestar import Response, delete, get, put
from litestar.params import FromPath

from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import read as tasks
from taskyard.task.actions import watches as actions
from taskyard.task.models.watches import Watch
from taskyard.task.routes.provided import Call, Caller, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
PATH, TAGS = f"{API}/tasks/{{ref:str}}/watch", ["Tasks"]


@get(PATH, tags=TAGS)
async def get_watch(caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None) -> Watch:
    """Whether you watch a task: who watches is notified of its comments and changes of status.

    Who makes a task, is to do it, comments on it or is mentioned there watches it without asking.
    """
    require_scope(caller, READ)
    return await actions.get_watch(database, caller, await tasks.get_task_id(database, caller, ref, workspace))


@put(PATH, tags=TAGS)
async def watch_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[Watch]:
    """Watch a task from now on."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> Watch:
        return await actions.set_watch(tx, caller, task_id, is_watching=True)

    return await write(request, database, act, recheck=lambda tx: actions.get_watch(tx, caller, task_id))


@delete(PATH, tags=TAGS)
async def unwatch_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[None]:
    """Do not watch a task any more, also when you comment on it or are mentioned there later."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> None:
        await actions.set_watch(tx, caller, task_id, is_watching=False)

    return await write(request, database, act, recheck=lambda tx: actions.get_watch(tx, caller, task_id))


HANDLERS = [get_watch, watch_task, unwatch_task]
