"""/tasks/batch: many writes of tasks in one request."""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.requests import trace_id_of
from taskyard.kit.write import write
from taskyard.task.actions import batches as actions
from taskyard.task.models.batches import Batch, Outcomes
from taskyard.task.routes.provided import Call, Caller, Store


@post(f"{API}/tasks/batch", tags=["Tasks"], status_code=200)
async def carry_out_batch(request: Call, caller: Caller, database: Store, data: JSONBody[Batch]) -> Response[Outcomes]:
    """Create, change, delete and restore up to 200 tasks, in the order given and in one transaction.

    `atomic` (as it is unless told otherwise): the first operation that is refused refuses the request, its place is in
    `detail` and in the pointers of `errors`, and nothing happens. Without: what is refused leaves the rest alone, and
    `results` has the status and the problem of each. Each operation obeys the rules of the request it stands for.
    """
    require_scope(caller, "tasks:write")
    steps = await actions.prepare_batch(database, caller, data)

    async def act(tx: Transaction) -> Outcomes:
        return await actions.carry_out(tx, caller, steps, atomic=data.atomic, trace_id=trace_id_of(request.scope))

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_doing(tx, caller, steps)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [carry_out_batch]
