"""/tasks/{ref}/reminders: everybody's own."""

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import read as tasks
from taskyard.task.actions import reminders as actions
from taskyard.task.models.reminders import NewReminder, Reminder
from taskyard.task.queries import reminders as queries
from taskyard.task.routes.provided import Call, Caller, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
OF_TASK = f"{API}/tasks/{{ref:str}}/reminders"
ONE = OF_TASK + "/{reminder_id:str}"
TAGS = ["Reminders"]


@post(OF_TASK, tags=TAGS)
async def create_reminder(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[NewReminder],
    workspace: Workspace = None,
) -> Response[Reminder]:
    """Be reminded of a task at an instant, by a notification with the reason `reminder`.

    At most 20 of one task lie ahead: 409 `too_many_reminders`; 409 `reminder_exists` for the same instant.
    """
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> Reminder:
        return await actions.create_reminder(tx, caller, task_id, data)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.PROJECT_VIEW)

    return await write(
        request, database, act, recheck=recheck, status=201, location=API + "/tasks/{task_id}/reminders/{id}"
    )


@get(OF_TASK, tags=TAGS)
async def list_reminders(
    caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Page[Reminder]:
    """Your reminders of a task that lie ahead, the next one first."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    found = await queries.list_reminders(database, caller, task_id)
    if not found:
        await tasks.get_visible_task(database, caller, task_id, None)
    return Page(found, None)


@delete(ONE, tags=TAGS)
async def delete_reminder(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    reminder_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[None]:
    """Take back a reminder that was not told yet."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_reminder(tx, caller, (task_id, reminder_id), expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.PROJECT_VIEW)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [create_reminder, list_reminders, delete_reminder]
