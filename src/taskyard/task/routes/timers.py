"""/timers: what the caller works on right now."""

from litestar import Response, get, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import read as tasks
from taskyard.task.actions import time_entries as actions
from taskyard.task.models.time_entries import TimeEntry, TimerStart
from taskyard.task.routes.provided import Call, Caller, Store

READ, WRITE = "tasks:read", "tasks:write"
TAGS = ["Time"]


@post(f"{API}/timers/start", tags=TAGS)
async def start_timer(
    request: Call, caller: Caller, database: Store, data: JSONBody[TimerStart]
) -> Response[TimeEntry]:
    """Begin to measure the time you work on a task. Everybody has one timer: while it runs, 409 `timer_running`."""
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> TimeEntry:
        return await actions.start_timer(tx, caller, data)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, data.task_id, Permission.TASK_EDIT)

    return await write(
        request, database, act, recheck=recheck, status=201, location=API + "/tasks/{task_id}/time-entries/{id}"
    )


@post(f"{API}/timers/stop", tags=TAGS, status_code=200)
async def stop_timer(request: Call, caller: Caller, database: Store) -> Response[TimeEntry]:
    """End your timer, whatever became of the task meanwhile; the answer is what it measured."""
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> TimeEntry:
        return await actions.stop_timer(tx, caller)

    return await write(request, database, act)


@get(f"{API}/timers/running", tags=TAGS)
async def get_running_timer(request: Call, caller: Caller, database: Store) -> Response[TimeEntry]:
    """Your timer, while it runs; 404 otherwise."""
    require_scope(caller, READ)
    return read(request, await actions.get_running(database, caller))


HANDLERS = [start_timer, stop_timer, get_running_timer]
