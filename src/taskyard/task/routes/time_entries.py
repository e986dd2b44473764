"""/tasks/{ref}/time-entries: how long people worked on a task."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import read as tasks
from taskyard.task.actions import time_entries as actions
from taskyard.task.models.time_entries import NewTimeEntry, TimeEntry, TimeEntryPatch, TimeTotals
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
OF_TASK = f"{API}/tasks/{{ref:str}}/time-entries"
ONE = OF_TASK + "/{entry_id:str}"
TAGS = ["Time"]


@post(OF_TASK, tags=TAGS)
async def create_entry(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[NewTimeEntry],
    workspace: Workspace = None,
) -> Response[TimeEntry]:
    """Tell of time that you spent on a task."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> TimeEntry:
        return await actions.create_entry(tx, caller, task_id, data)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(
        request, database, act, recheck=recheck, status=201, location=API + "/tasks/{task_id}/time-entries/{id}"
    )


@get(OF_TASK, tags=TAGS)
async def list_entries(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[TimeEntry]:
    """List the time that people spent on a task, latest first. `seconds` is null while a timer runs."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_entries(database, cursors, caller, task_id, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


@get(OF_TASK + "/totals", tags=TAGS)
async def get_totals(caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None) -> TimeTotals:
    """How long people worked on a task, together and each."""
    require_scope(caller, READ)
    task = await tasks.get_visible_task(database, caller, ref, workspace)
    return await actions.get_totals(database, caller, task.id)


@get(ONE, tags=TAGS)
async def get_entry(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    entry_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[TimeEntry]:
    """One entry."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    return read(request, await actions.get_visible_entry(database, caller, task_id, entry_id))


@patch(ONE, tags=TAGS)
async def update_entry(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    entry_id: FromPath[str],
    data: JSONBody[TimeEntryPatch],
    workspace: Workspace = None,
) -> Response[TimeEntry]:
    """Correct an entry of yours, or any in a project you may edit, by JSON Merge Patch (RFC 7396)."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> TimeEntry:
        return await actions.update_entry(tx, caller, (task_id, entry_id), data, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def delete_entry(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    entry_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[None]:
    """Take out an entry of yours, or any in a project you may edit."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_entry(tx, caller, (task_id, entry_id), expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [create_entry, list_entries, get_totals, get_entry, update_entry, delete_entry]
