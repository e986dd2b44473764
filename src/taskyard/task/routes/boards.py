"""/boards: a project's tasks in columns, and where a task stands in its own."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import boards as actions
from taskyard.task.actions import read as tasks
from taskyard.task.actions.relocations import relocate_task
from taskyard.task.models.boards import Board, TaskMove
from taskyard.task.models.relocations import RelocatedTask
from taskyard.task.models.tasks import Task
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
TAGS = ["Boards"]


@get(f"{API}/boards/{{project_id:str}}", tags=TAGS)
async def get_board(
    caller: Caller, database: Store, cursors: Cursors, project_id: FromPath[str], limit: Limit = 50
) -> Board:
    """A project in columns, one for each state, with the first tasks of each in the order of their ranks."""
    require_scope(caller, READ)
    return await actions.get_board(database, cursors, caller, project_id, limit)


@get(f"{API}/boards/{{project_id:str}}/columns/{{status:str}}", tags=TAGS)
async def list_column(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: FromPath[str],
    status: FromPath[str],
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Task]:
    """One column, in the order of ranks; a column of the board says from where on."""
    require_scope(caller, READ)
    return await actions.list_column(database, cursors, caller, (project_id, status), (limit, cursor))


@post(f"{API}/tasks/{{ref:str}}/move", tags=TAGS, status_code=200)
async def move_task(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[TaskMove],
    workspace: Workspace = None,
) -> Response[Task | RelocatedTask]:
    """Put a task after or before another of its column, or into another column, as the workflow has it.

    Without `after_id` and `before_id` it goes to the end of the column; `after_id: null` puts it first.
    With `project_id` alone it goes to another project, with its parts and all that hangs on it; `left_out` says what
    found no place there.
    """
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> Task | RelocatedTask:
        if data.project_id is UNSET:
            return await actions.move_task(tx, caller, task_id, data, expected=expected)
        return await relocate_task(tx, caller, task_id, data, expected=expected)

    async def recheck(tx: Transaction) -> None:
        needed = Permission.TASK_EDIT if data.project_id is UNSET else Permission.TASK_CREATE
        await tasks.require_still_held(tx, caller, task_id, needed)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [get_board, list_column, move_task]
