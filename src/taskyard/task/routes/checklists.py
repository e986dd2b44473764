"""/tasks/{ref}/checklist: the small steps of a task."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import checklists as actions
from taskyard.task.actions import read as tasks
from taskyard.task.models.checklists import ChecklistItem, ChecklistItemPatch, NewChecklistItem
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
OF_TASK = f"{API}/tasks/{{ref:str}}/checklist"
ONE = OF_TASK + "/{item_id:str}"
TAGS = ["Checklists"]


@post(OF_TASK, tags=TAGS)
async def create_item(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[NewChecklistItem],
    workspace: Workspace = None,
) -> Response[ChecklistItem]:
    """Add a step to a task, at the end or after another one. A task has at most 200."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> ChecklistItem:
        return await actions.create_item(tx, caller, task_id, data)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(
        request, database, act, recheck=recheck, status=201, location=API + "/tasks/{task_id}/checklist/{id}"
    )


@get(OF_TASK, tags=TAGS)
async def list_items(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ChecklistItem]:
    """List the steps of a task, in the order that people gave them."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_items(database, cursors, caller, task_id, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


@get(ONE, tags=TAGS)
async def get_item(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    item_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[ChecklistItem]:
    """One step of a task."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    return read(request, await actions.get_visible_item(database, caller, task_id, item_id))


@patch(ONE, tags=TAGS)
async def update_item(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    item_id: FromPath[str],
    data: JSONBody[ChecklistItemPatch],
    workspace: Workspace = None,
) -> Response[ChecklistItem]:
    """Change a step, tick it off or move it, by JSON Merge Patch (RFC 7396)."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> ChecklistItem:
        return await actions.update_item(tx, caller, (task_id, item_id), data, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def delete_item(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    item_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[None]:
    """Take a step away."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_item(tx, caller, (task_id, item_id), expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [create_item, list_items, get_item, update_item, delete_item]
