"""/tasks and /trash: what is to be done, and what no longer is."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import change, filtering, history, rendering
from taskyard.task.actions import create as creation
from taskyard.task.actions import read as reading
from taskyard.task.actions.filtering import Reader
from taskyard.task.models.tasks import (
    STATUS_PATTERN,
    Count,
    Instant,
    NewTask,
    RenderedTask,
    Task,
    TaskFilter,
    TaskPatch,
    Transition,
    TrashedTask,
)
from taskyard.task.permissions import require_still_creating
from taskyard.task.routes.provided import (
    Call,
    Caller,
    Cursors,
    Expand,
    Known,
    KnownPeople,
    Limit,
    QueryId,
    Store,
    Workspace,
)

READ, WRITE = "tasks:read", "tasks:write"

Filter = Annotated[
    str, QueryParameter(name="filter", description="A query: which tasks, and with `order by` in which order.")
]
Order = Annotated[
    str,
    QueryParameter(
        description="Fields to order by, separated by commas, with `-` downwards: `-priority,due`. What has no value "
        "comes last. `number` orders the tasks of one project, `rank` a column of its board: name `project_id` and "
        "`status`. By default `-updated_at`."
    ),
]
Assignee = Annotated[str | None, QueryParameter(pattern=f"^me$|{UUID_PATTERN}", description="A person's id, or `me`.")]

AsOf = Annotated[Instant | None, QueryParameter(description="RFC 3339, with a time zone.")]


@post(f"{API}/tasks", tags=["Tasks"])
async def create_task(request: Call, caller: Caller, database: Store, data: JSONBody[NewTask]) -> Response[Task]:
    """Create a task. Without a status it starts in the project's default state."""
    require_scope(caller, WRITE)
    draft = await creation.prepare_task(database, caller, data)

    async def act(tx: Transaction) -> Task:
        return await creation.create_task(tx, caller, draft)

    async def recheck(_: Transaction) -> object:
        return require_still_creating(draft.place)

    location = API + "/tasks/{id}"
    return await write(request, database, act, recheck=recheck, status=201, location=location, at_once=True)


@get(f"{API}/tasks", tags=["Tasks"])
async def list_tasks(
    caller: Caller,
    known: Known,
    cursors: Cursors,
    people: KnownPeople,
    project_id: QueryId = None,
    status: Annotated[str | None, QueryParameter(pattern=STATUS_PATTERN)] = None,
    assignee: Assignee = None,
    label: QueryId = None,
    milestone: QueryId = None,
    iteration: QueryId = None,
    filter_: Filter = "",
    sort: Order = "",
    count: FromQuery[Count] = "none",
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Task]:
    """List the tasks you see, out of the trash, by what was changed last unless told otherwise.

    `label`, `milestone` and `iteration` are ids.
    `filter` takes the query language: `status = "in_progress" and assignee = me and due < today+7d order by due`.
    `count` adds `total`: an estimate is exact up to a thousand.
    """
    require_scope(caller, READ)
    assignee_id = caller.id if assignee == "me" else assignee
    wanted = TaskFilter(
        project_id=project_id,
        status=status,
        assignee_id=assignee_id,
        label_id=label,
        milestone_id=milestone,
        iteration_id=iteration,
        sort=sort,
        filter=filter_,
    )
    return await filtering.list_wanted(Reader(known, cursors, people, caller), wanted, (limit, cursor), count)


@get(f"{API}/tasks/{{ref:str}}", tags=["Tasks"])
async def get_task(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    workspace: Workspace = None,
    as_of: AsOf = None,
    expand: Expand = None,
) -> Response[Task | RenderedTask]:
    """One task by its id, or by its key such as `OPS-1` with `?workspace=`; with `as_of`, as it was then."""
    require_scope(caller, READ)
    if as_of is not None:
        task_id = await reading.get_task_id(database, caller, ref, workspace)
        task = await history.get_task_as_of(database, caller, task_id, as_of)
    else:
        task = await reading.get_visible_task(database, caller, ref, workspace)
    return read(request, task if expand is None else await rendering.render_task(task))


@patch(f"{API}/tasks/{{ref:str}}", tags=["Tasks"])
async def update_task(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[TaskPatch],
    workspace: Workspace = None,
) -> Response[Task]:
    """Change a task by JSON Merge Patch (RFC 7396). A patch that changes nothing keeps the version.

    Announced as `task.transitioned.v1` when the status changes (with everything else that changes),
    otherwise as `task.updated.v1`.
    """
    return await _update(request, caller, database, (ref, workspace), data)


@post(f"{API}/tasks/{{ref:str}}/transition", tags=["Tasks"], status_code=200)
async def transition_task(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[Transition],
    workspace: Workspace = None,
) -> Response[Task]:
    """Move a task to another state of its project."""
    return await _update(request, caller, database, (ref, workspace), TaskPatch(status=data.status))


@delete(f"{API}/tasks/{{ref:str}}", tags=["Tasks"])
async def delete_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[None]:
    """Put a task into the trash."""
    require_scope(caller, WRITE)
    task_id = await reading.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await change.delete_task(tx, caller, task_id, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await reading.require_still_held(tx, caller, task_id, Permission.TASK_DELETE)

    return await write(request, database, act, recheck=recheck)


@post(f"{API}/tasks/{{ref:str}}/restore", tags=["Trash"], status_code=200)
async def restore_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[Task]:
    """Take a task out of the trash."""
    require_scope(caller, WRITE)
    task_id = await reading.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> Task:
        return await change.restore_task(tx, caller, task_id, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await reading.require_still_held(tx, caller, task_id, Permission.TASK_DELETE)

    return await write(request, database, act, recheck=recheck)


@get(f"{API}/trash", tags=["Trash"])
async def list_trash(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    workspace_id: QueryId = None,
    project_id: QueryId = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[TrashedTask]:
    """List the deleted tasks you see, latest first."""
    require_scope(caller, READ)
    return await reading.list_trash(database, cursors, caller, (workspace_id, project_id), (limit, cursor))


async def _update(
    request: Call, caller: Caller, database: Store, named: tuple[str, str | None], data: JSONBody[TaskPatch]
) -> Response[Task]:
    require_scope(caller, WRITE)
    task_id = await reading.get_task_id(database, caller, *named)
    plan = await change.plan_update(database, caller, task_id, data, expected=expected_version(request.scope))

    async def act(tx: Transaction) -> Task:
        return await change.update_task(tx, caller, plan)

    async def recheck(tx: Transaction) -> None:
        await reading.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [
    create_task,
    list_tasks,
    get_task,
    update_task,
    transition_task,
    delete_task,
    restore_task,
    list_trash,
]
