"""/tasks/{ref}/grants and /tasks/shared: single tasks for people who need not see the project."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import grants as actions
from taskyard.task.actions import read as tasks
from taskyard.task.models.grants import Grant, GrantPatch, NewGrant, SharedTask
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, ADMIN = "tasks:read", "projects:admin"
OF_TASK = f"{API}/tasks/{{ref:str}}/grants"
ONE = OF_TASK + "/{subject_id:str}"
TAGS = ["Grants"]


@post(OF_TASK, tags=TAGS)
async def create_grant(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[NewGrant],
    workspace: Workspace = None,
) -> Response[Grant]:
    """Give this one task to a member or guest of the workspace, who need not see its project. 409 `already_shared`.

    `view` reads it with all that hangs on it, `comment` also comments, `edit` also changes it, but not where it belongs
    in its project. Nobody gives more than they may do with the task themselves.
    """
    require_scope(caller, ADMIN)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> Grant:
        return await actions.create_grant(tx, caller, task_id, data)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_sharing(tx, caller, task_id)

    return await write(request, database, act, recheck=recheck, status=201, location=API + "/tasks/{task_id}/grants")


@get(OF_TASK, tags=TAGS)
async def list_grants(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Grant]:
    """List whom this task was given to, by their ids. Who does not see its project is told of themselves alone."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_grants(database, cursors, caller, task_id, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


@patch(ONE, tags=TAGS)
async def update_grant(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    subject_id: FromPath[str],
    data: JSONBody[GrantPatch],
    workspace: Workspace = None,
) -> Response[Grant]:
    """Give it at another level."""
    require_scope(caller, ADMIN)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> Grant:
        return await actions.update_grant(tx, caller, (task_id, subject_id), data, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_sharing(tx, caller, task_id)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def delete_grant(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    subject_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[None]:
    """Take the task back, or give up your own; it is gone with the next request."""
    require_scope(caller, ADMIN)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_grant(tx, caller, (task_id, subject_id), expected=expected)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_unsharing(tx, caller, (task_id, subject_id))

    return await write(request, database, act, recheck=recheck)


@get(f"{API}/tasks/shared", tags=TAGS)
async def list_shared_tasks(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: FromQuery[str | None] = None
) -> Page[SharedTask]:
    """List the tasks that were given to you, latest first. Lists of tasks, boards and searches do not show them.

    Tasks of projects that you see anyway are among them.
    """
    require_scope(caller, READ)
    return await actions.list_shared_tasks(database, cursors, caller, (limit, cursor))


HANDLERS = [create_grant, list_grants, update_grant, delete_grant, list_shared_tasks]
