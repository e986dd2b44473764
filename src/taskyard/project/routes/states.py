"""/projects/{id}/states, /workflow and /capabilities: how a project's tasks go their way, and who may let them."""

from typing import Annotated

from litestar import Response, delete, get, patch, post, put
from litestar.params import JSONBody, QueryParameter

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import read, write
from taskyard.project.actions import states as actions
from taskyard.project.actions import workflows
from taskyard.project.actions.projects import get_project
from taskyard.project.models.states import Capabilities, NewState, NewWorkflow, State, StatePatch, Workflow
from taskyard.project.queries import states as queries
from taskyard.project.queries.workflows import get_workflow as find_workflow
from taskyard.project.routes.provided import Call, Caller, PathId, Store

PROJECT = "/api/v1/projects/{project_id:str}"
PATH = PROJECT + "/states"
ONE = PATH + "/{state_id:str}"
TAGS = ["Workflow"]

MoveTo = Annotated[
    str, QueryParameter(min_length=1, max_length=60, description="The key of the state that its tasks go to.")
]


@post(PATH, tags=TAGS, status_code=201)
async def create_state(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewState]
) -> Response[State]:
    """Make a state that tasks of this project can be in. 409 `key_taken`."""
    require_scope(caller, "projects:write")
    data.name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: actions.create_state(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
        status=201,
        location="/api/v1/projects/{project_id}/states/{id}",
    )


@get(PATH, tags=TAGS)
async def list_states(caller: Caller, database: Store, project_id: PathId) -> Page[State]:
    """The states a task of this project can be in, in their order."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return Page(await queries.list_states(database, project), None)


@get(ONE, tags=TAGS)
async def get_state(
    request: Call, caller: Caller, database: Store, project_id: PathId, state_id: PathId
) -> Response[State]:
    """One state."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return read(request, await actions.get_state(database, project, state_id))


@patch(ONE, tags=TAGS)
async def update_state(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    project_id: PathId,
    state_id: PathId,
    data: JSONBody[StatePatch],
) -> Response[State]:
    """Rename a state, move it to another `rank`, limit it, or make it the default for new tasks.

    With another `category` its tasks count as completed, or no longer, a moment later.
    """
    require_scope(caller, "projects:write")
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_state(tx, caller, (project_id, state_id), data, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_state(
    *, request: Call, caller: Caller, database: Store, project_id: PathId, state_id: PathId, move_to: MoveTo
) -> Response[None]:
    """Give a state up. Its tasks go to the state `move_to` a moment later; the workflow forgets its transitions."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_state(tx, caller, (project_id, state_id), move_to, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@get(PROJECT + "/workflow", tags=TAGS)
async def get_workflow(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[Workflow]:
    """The ways that tasks may go between the states of this project."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return read(request, await find_workflow(database, project))


@put(PROJECT + "/workflow", tags=TAGS)
async def replace_workflow(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewWorkflow]
) -> Response[Workflow]:
    """Say which ways tasks may go, all at once. While it is enforced, nobody moves a task any other way.

    A task that goes another way is refused with 409 `transition_not_allowed`, one that lacks a required field with
    422 naming it, somebody without one of the roles with 403.
    """
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: workflows.replace_workflow(tx, caller, project_id, data, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@get(PROJECT + "/capabilities", tags=TAGS)
async def get_capabilities(caller: Caller, database: Store, project_id: PathId) -> Capabilities:
    """What you may do here: your permissions, and your roles as the workflow names them."""
    require_scope(caller, "projects:read")
    return await workflows.get_capabilities(database, caller, project_id)


HANDLERS = [
    create_state,
    list_states,
    get_state,
    update_state,
    delete_state,
    get_workflow,
    replace_workflow,
    get_capabilities,
]
