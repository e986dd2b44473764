"""/jobs: work on many tasks that takes longer than a request."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import long_jobs as actions
from taskyard.task.models.long_jobs import Failure, LongJob
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store

READ, WRITE = "tasks:read", "tasks:write"
TAGS = ["Jobs"]
ONE = f"{API}/jobs/{{job_id:str}}"


@get(ONE, tags=TAGS)
async def get_job(request: Call, caller: Caller, database: Store, job_id: FromPath[str]) -> Response[LongJob]:
    """How far a job of yours is, for a week: of `total` tasks, how many were changed, unchanged or refused."""
    require_scope(caller, READ)
    return read(request, await actions.get_job(database, caller, job_id))


@get(f"{ONE}/failures", tags=TAGS)
async def list_failures(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    job_id: FromPath[str],
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Failure]:
    """The tasks that were refused what was to be done to them, each with the code of its problem."""
    require_scope(caller, READ)
    job = await actions.get_job(database, caller, job_id)
    return await actions.list_failures(database, cursors, job, (limit, cursor))


@post(f"{ONE}/cancel", tags=TAGS, status_code=200)
async def cancel_job(request: Call, caller: Caller, database: Store, job_id: FromPath[str]) -> Response[LongJob]:
    """Leave alone what a job of yours has not come to yet; what it changed stays. 409 `job_over`.

    `POST /changes/revert` with its `request_id` undoes what it changed.
    """
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> LongJob:
        return await actions.cancel_job(tx, caller, job_id)

    async def recheck(tx: Transaction) -> None:
        await actions.get_job(tx, caller, job_id)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [get_job, list_failures, cancel_job]
