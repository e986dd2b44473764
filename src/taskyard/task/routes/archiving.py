"""/tasks/{ref}/archive and /unarchive: tasks that are put aside, and taken up again."""

from litestar import Response, post
from litestar.params import FromPath

from taskyard.contracts.access import Permission
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import archiving as actions
from taskyard.task.actions import read as tasks
from taskyard.task.models.tasks import Task
from taskyard.task.routes.provided import Call, Caller, Store, Workspace

TAGS = ["Tasks"]


@post(f"{API}/tasks/{{ref:str}}/archive", tags=TAGS, status_code=200)
async def archive_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[Task]:
    """Put a task aside: it leaves lists, boards and searches, and nothing on it changes until it is taken up again.

    It is still read by its id or key, and listed where `filter` asks about `archived`. Its parts stay where they are.
    """
    return await _set_archived(request, caller, database, (ref, workspace), archived=True)


@post(f"{API}/tasks/{{ref:str}}/unarchive", tags=TAGS, status_code=200)
async def unarchive_task(
    request: Call, caller: Caller, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[Task]:
    """Take an archived task up again, as it was."""
    return await _set_archived(request, caller, database, (ref, workspace), archived=False)


async def _set_archived(
    request: Call, caller: Caller, database: Store, named: tuple[str, str | None], *, archived: bool
) -> Response[Task]:
    require_scope(caller, "tasks:write")
    task_id = await tasks.get_task_id(database, caller, *named)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> Task:
        return await actions.set_archived(tx, caller, task_id, archived=archived, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [archive_task, unarchive_task]
