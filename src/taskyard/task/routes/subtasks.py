"""/tasks/{ref}/children: what a task consists of."""

from litestar import get
from litestar.params import FromPath, FromQuery

from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.task.actions import read as tasks
from taskyard.task.actions import subtasks as actions
from taskyard.task.models.tasks import Task
from taskyard.task.routes.provided import Caller, Cursors, Limit, Store, Workspace


@get(f"{API}/tasks/{{ref:str}}/children", tags=["Tasks"])
async def list_children(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    *,
    workspace: Workspace = None,
    include_archived: FromQuery[bool] = False,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Task]:
    """List the tasks whose `parent_id` is this task, by number; theirs are asked for in the same way.

    A task becomes a part of another by its `parent_id`, when it is created or later, and takes its own parts along.
    It cannot be closed while a part of it is open, unless that is archived. In the trash, and archived, it keeps its
    parts, which stay where they are. Archived parts are listed with `include_archived`.
    """
    require_scope(caller, "tasks:read")
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_children(database, cursors, caller, (task_id, include_archived), (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


HANDLERS = [list_children]
