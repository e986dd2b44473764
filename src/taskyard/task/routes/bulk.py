"""/tasks/bulk: one change of many tasks that a query finds."""

from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.json_response import JsonResponse
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import bulk as actions
from taskyard.task.actions.filtering import Reader
from taskyard.task.models.bulk import BulkPreview, NewBulk
from taskyard.task.models.long_jobs import LongJob
from taskyard.task.routes.provided import Call, Caller, Cursors, Known, KnownPeople, Store


@post(
    f"{API}/tasks/bulk",
    tags=["Tasks"],
    status_code=202,
    responses={200: ResponseSpec(BulkPreview, description="What it would be about.", generate_examples=False)},
)
async def change_many(
    request: Call,
    caller: Caller,
    database: Store,
    known: Known,
    cursors: Cursors,
    people: KnownPeople,
    data: JSONBody[NewBulk],
) -> Response[LongJob | BulkPreview]:
    """Change all tasks of a workspace that you see and a query finds: fields, states, labels, people, the project.

    The tasks are fixed now, at most 10,000 (409 `too_many_tasks`), latest first unless the query has an order. A job
    changes them one after the other (`Location: /api/v1/jobs/{id}`), each by the rules of the same request for it alone
    and with your rights by then. With `is_dry_run` it only says how many there are, and the first of them.
    """
    require_scope(caller, "tasks:write")
    wanted = await actions.read_bulk(Reader(known, cursors, people, caller), data)
    if data.is_dry_run:
        return JsonResponse(await actions.preview_bulk(database, caller, data, wanted), status_code=200)

    async def act(tx: Transaction) -> LongJob | BulkPreview:
        return await actions.create_bulk(tx, caller, data, wanted)

    async def recheck(tx: Transaction) -> None:
        await actions.require_workspace(tx, caller, data.workspace_id)

    return await write(request, database, act, recheck=recheck, status=202, location=API + "/jobs/{id}")


HANDLERS = [change_many]
