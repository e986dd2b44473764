"""/projects/{id}/milestones: what tasks lead to."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line, clean_text
from taskyard.kit.write import read, write
from taskyard.project.actions import milestones as actions
from taskyard.project.actions.parts import get_part
from taskyard.project.actions.projects import get_project
from taskyard.project.models.plans import Milestone, MilestonePatch, NewMilestone
from taskyard.project.queries import milestones as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

PATH = "/api/v1/projects/{project_id:str}/milestones"
ONE = PATH + "/{milestone_id:str}"
TAGS = ["Milestones"]


@post(PATH, tags=TAGS, status_code=201)
async def create_milestone(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewMilestone]
) -> Response[Milestone]:
    """Make a milestone that tasks of this project can lead to. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    return await write(
        request,
        database,
        lambda tx: actions.create_milestone(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
        status=201,
        location="/api/v1/projects/{project_id}/milestones/{id}",
    )


@get(PATH, tags=TAGS)
async def list_milestones(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Milestone]:
    """The milestones of a project, oldest first."""
    require_scope(caller, "projects:read")
    listing = f"milestones of {project_id}"
    after = cursors.after_id(listing, cursor)
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    rows = await queries.list_milestones(database, project, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@get(ONE, tags=TAGS)
async def get_milestone(
    request: Call, caller: Caller, database: Store, project_id: PathId, milestone_id: PathId
) -> Response[Milestone]:
    """One milestone."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return read(request, await get_part(database, actions.MILESTONE, project, milestone_id))


@patch(ONE, tags=TAGS)
async def update_milestone(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    project_id: PathId,
    milestone_id: PathId,
    data: JSONBody[MilestonePatch],
) -> Response[Milestone]:
    """Change a milestone, close it, or open it again. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_milestone(tx, caller, (project_id, milestone_id), data, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_milestone(
    request: Call, caller: Caller, database: Store, project_id: PathId, milestone_id: PathId
) -> Response[None]:
    """Give a milestone up. Tasks lead nowhere a moment later."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_milestone(tx, caller, (project_id, milestone_id), expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


def _clean(data: NewMilestone | MilestonePatch) -> None:
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    if isinstance(data.description, str):
        data.description = clean_text("/description", data.description)


HANDLERS = [create_milestone, list_milestones, get_milestone, update_milestone, delete_milestone]
