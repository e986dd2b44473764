"""What happened to tasks, and undoing it."""

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import history as actions
from taskyard.task.actions import long_reverts, revert
from taskyard.task.actions import read as tasks
from taskyard.task.actions.comments import get_visible_comment
from taskyard.task.models.history import Activity, CommentVersion, RequestOfChanges
from taskyard.task.models.long_jobs import LongJob
from taskyard.task.models.tasks import Task
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
TAGS = ["History"]


class Reverted(msgspec.Struct, frozen=True):
    """What undoing a request changed."""

    task_ids: list[str]


@get(f"{API}/tasks/{{ref:str}}/activity", tags=TAGS)
async def list_activity(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Activity]:
    """List what happened to a task and to what hangs on it, latest first: who, when, by which way, and what changed.

    `origin` is `api`, `automation`, `import` or `revert`. What comments say is not part of it.
    """
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_activity(database, cursors, caller, task_id, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


@get(f"{API}/comments/{{comment_id:str}}/history", tags=["Comments"])
async def list_comment_versions(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    comment_id: FromPath[str],
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[CommentVersion]:
    """List what a comment says and what it said before it was edited, latest first."""
    require_scope(caller, "comments:read")
    page = await actions.list_versions(database, cursors, caller, comment_id, (limit, cursor))
    if not page.items:
        await get_visible_comment(database, caller, comment_id)
    return page


@post(f"{API}/changes/{{change_id:str}}/revert", tags=TAGS, status_code=200)
async def revert_change(
    request: Call, caller: Caller, database: Store, change_id: FromPath[str]
) -> Response[Task | None]:
    """Undo one change of a task: its fields are as they were before it, all or none.

    What was put into the trash comes back; what was created or restored goes there (204). A field that was changed
    again since is a conflict, 409 `change_moved_on`, and `detail` names it. The same rules hold as for any change.
    """
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> Task | None:
        return await revert.revert_change(tx, caller, change_id)

    async def recheck(tx: Transaction) -> None:
        await revert.require_still_reverting(tx, caller, change_id)

    return await write(request, database, act, recheck=recheck)


@post(
    f"{API}/changes/revert",
    tags=TAGS,
    status_code=200,
    responses={202: ResponseSpec(LongJob, description="A job undoes them.", generate_examples=False)},
)
async def revert_request(
    request: Call, caller: Caller, database: Store, data: JSONBody[RequestOfChanges]
) -> Response[Reverted | LongJob]:
    """Undo all that one request of yours changed in tasks: up to 500 changes all or none, at once.

    More are undone by a job, each for itself (202, `Location: /api/v1/jobs/{id}`): what was changed again since is
    among its failures. While a job still carries the request out it is 409 `job_under_way`.
    """
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> Reverted | LongJob:
        return Reverted(await revert.revert_request(tx, caller, data.request_id))

    async def begin(tx: Transaction) -> Reverted | LongJob:
        return await long_reverts.create_revert(tx, caller, data.request_id)

    async def recheck(tx: Transaction) -> None:
        await revert.require_still_own_request(tx, caller, data.request_id)

    if await long_reverts.is_long(database, caller, data.request_id):
        return await write(request, database, begin, recheck=recheck, status=202, location=API + "/jobs/{id}")
    return await write(request, database, act, recheck=recheck)


HANDLERS = [list_activity, list_comment_versions, revert_change, revert_request]
