"""/projects/{id}/iterations and /iterations: when tasks are done."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line, clean_text
from taskyard.kit.write import read, write
from taskyard.project.actions import iterations as actions
from taskyard.project.actions.projects import get_project
from taskyard.project.models.plans import ClosedIteration, Closing, Iteration, IterationPatch, NewIteration
from taskyard.project.queries import iterations as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

OF_PROJECT = "/api/v1/projects/{project_id:str}/iterations"
ONE = "/api/v1/iterations/{iteration_id:str}"
TAGS = ["Iterations"]


@post(OF_PROJECT, tags=TAGS, status_code=201)
async def create_iteration(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewIteration]
) -> Response[Iteration]:
    """Plan an iteration. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    return await write(
        request,
        database,
        lambda tx: actions.create_iteration(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
        status=201,
        location="/api/v1/iterations/{id}",
    )


@get(OF_PROJECT, tags=TAGS)
async def list_iterations(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Iteration]:
    """The iterations of a project, in the order in which they were planned."""
    require_scope(caller, "projects:read")
    listing = f"iterations of {project_id}"
    after = cursors.after_id(listing, cursor)
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    rows = await queries.list_iterations(database, project, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@get(ONE, tags=TAGS)
async def get_iteration(request: Call, caller: Caller, database: Store, iteration_id: PathId) -> Response[Iteration]:
    """One iteration."""
    require_scope(caller, "projects:read")
    return read(request, await actions.require_iteration(database, caller, iteration_id, Permission.PROJECT_VIEW))


@patch(ONE, tags=TAGS)
async def update_iteration(
    request: Call, caller: Caller, database: Store, iteration_id: PathId, data: JSONBody[IterationPatch]
) -> Response[Iteration]:
    """Change name, goal or days. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_iteration(tx, caller, iteration_id, data, expected),
        recheck=lambda tx: actions.require_still_arranging(tx, caller, iteration_id),
    )


@post(ONE + "/start", tags=TAGS, status_code=200)
async def start_iteration(request: Call, caller: Caller, database: Store, iteration_id: PathId) -> Response[Iteration]:
    """Begin a planned iteration. 409 `iteration_active` while another of the project is under way."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.start_iteration(tx, caller, iteration_id, expected),
        recheck=lambda tx: actions.require_still_arranging(tx, caller, iteration_id),
    )


@post(ONE + "/close", tags=TAGS, status_code=200)
async def close_iteration(
    request: Call, caller: Caller, database: Store, iteration_id: PathId, data: JSONBody[Closing]
) -> Response[ClosedIteration]:
    """End the iteration that is under way. Its open tasks go to `move_open_to` a moment later.

    Without it they go to the planned iteration that starts next, if there is one; with null to none.
    """
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.close_iteration(tx, caller, iteration_id, data, expected),
        recheck=lambda tx: actions.require_still_arranging(tx, caller, iteration_id),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_iteration(request: Call, caller: Caller, database: Store, iteration_id: PathId) -> Response[None]:
    """Give an iteration up. Its tasks are in none a moment later."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_iteration(tx, caller, iteration_id, expected),
        recheck=lambda tx: actions.require_still_arranging(tx, caller, iteration_id),
    )


def _clean(data: NewIteration | IterationPatch) -> None:
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    if isinstance(data.goal, str):
        data.goal = clean_text("/goal", data.goal)


HANDLERS = [
    create_iteration,
    list_iterations,
    get_iteration,
    update_iteration,
    start_iteration,
    close_iteration,
    delete_iteration,
]
