"""/projects/{id}/labels: what tasks are marked with."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import read, write
from taskyard.project.actions import labels as actions
from taskyard.project.actions.parts import get_part
from taskyard.project.actions.projects import get_project
from taskyard.project.models.labels import Label, LabelPatch, NewLabel
from taskyard.project.queries import labels as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

PATH = "/api/v1/projects/{project_id:str}/labels"
ONE = PATH + "/{label_id:str}"
TAGS = ["Labels"]


@post(PATH, tags=TAGS, status_code=201)
async def create_label(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewLabel]
) -> Response[Label]:
    """Make a label. A task has at most one of the labels that share a `group`. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    return await write(
        request,
        database,
        lambda tx: actions.create_label(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
        status=201,
        location="/api/v1/projects/{project_id}/labels/{id}",
    )


@get(PATH, tags=TAGS)
async def list_labels(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Label]:
    """The labels of a project, oldest first."""
    require_scope(caller, "projects:read")
    listing = f"labels of {project_id}"
    after = cursors.after_id(listing, cursor)
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    rows = await queries.list_labels(database, project, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@get(ONE, tags=TAGS)
async def get_label(
    request: Call, caller: Caller, database: Store, project_id: PathId, label_id: PathId
) -> Response[Label]:
    """One label."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return read(request, await get_part(database, actions.LABEL, project, label_id))


@patch(ONE, tags=TAGS)
async def update_label(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    project_id: PathId,
    label_id: PathId,
    data: JSONBody[LabelPatch],
) -> Response[Label]:
    """Change name, color or group. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_label(tx, caller, (project_id, label_id), data, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_label(
    request: Call, caller: Caller, database: Store, project_id: PathId, label_id: PathId
) -> Response[None]:
    """Give a label up. Tasks lose it a moment later."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_label(tx, caller, (project_id, label_id), expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


def _clean(data: NewLabel | LabelPatch) -> None:
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    if isinstance(data.group, str):
        data.group = clean_line("/group", data.group)


HANDLERS = [create_label, list_labels, get_label, update_label, delete_label]
