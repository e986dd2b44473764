"""/tasks/{ref}/relations: what a task blocks, waits for, duplicates or belongs to."""

from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import read as tasks
from taskyard.task.actions import relations as actions
from taskyard.task.models.relations import NewRelation, Relation
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
OF_TASK = f"{API}/tasks/{{ref:str}}/relations"
ONE = OF_TASK + "/{relation_id:str}"
TAGS = ["Relations"]


@post(OF_TASK, tags=TAGS)
async def create_relation(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[NewRelation],
    workspace: Workspace = None,
) -> Response[Relation]:
    """Relate a task you may change to another of the workspace that you see.

    What would make a task block or duplicate itself, however long the way round, is refused: 409 with the way in
    `detail`. At its other end the relation has the same id, and is `blocked_by`, `blocks`, `relates_to` or
    `duplicated_by` there.
    """
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> Relation:
        return await actions.create_relation(tx, caller, task_id, data)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_relating(tx, caller, task_id)

    location = API + "/tasks/{task_id}/relations/{id}"
    return await write(request, database, act, recheck=recheck, status=201, location=location)


@get(OF_TASK, tags=TAGS)
async def list_relations(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Relation]:
    """List what a task is related to, oldest first. Relations to tasks that you do not see are left out."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_relations(database, cursors, caller, task_id, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


@get(ONE, tags=TAGS)
async def get_relation(
    caller: Caller, database: Store, ref: FromPath[str], relation_id: FromPath[str], workspace: Workspace = None
) -> Relation:
    """One relation, told from the task of the path."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    return await actions.get_visible_relation(database, caller, task_id, relation_id)


@delete(ONE, tags=TAGS)
async def delete_relation(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    relation_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[None]:
    """End a relation, from either of its ends."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> None:
        await actions.delete_relation(tx, caller, task_id, relation_id)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_relating(tx, caller, task_id)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [create_relation, list_relations, get_relation, delete_relation]
