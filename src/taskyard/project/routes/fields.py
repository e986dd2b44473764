"""/projects/{id}/fields: what tasks of a project have besides what every task has."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line
from taskyard.kit.write import read, write
from taskyard.project.actions import fields as actions
from taskyard.project.actions.parts import get_part
from taskyard.project.actions.projects import get_project
from taskyard.project.models.fields import Field, FieldPatch, NewField
from taskyard.project.queries import fields as queries
from taskyard.project.routes.provided import Call, Caller, PathId, Store

PATH = "/api/v1/projects/{project_id:str}/fields"
ONE = PATH + "/{field_id:str}"
TAGS = ["Custom fields"]


@post(PATH, tags=TAGS, status_code=201)
async def create_field(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewField]
) -> Response[Field]:
    """Give the tasks of this project a field of their own; a task holds it in `custom`, under its key.

    New tasks get the default. A required field must be given when a task is created, and is not taken from it again.
    409 `key_taken`, also for the key of a field that was given up.
    """
    require_scope(caller, "projects:write")
    data.name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: actions.create_field(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
        status=201,
        location="/api/v1/projects/{project_id}/fields/{id}",
    )


@get(PATH, tags=TAGS)
async def list_fields(caller: Caller, database: Store, project_id: PathId) -> Page[Field]:
    """The fields of this project's own, oldest first."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return Page(await queries.list_fields(database, project), None)


@get(ONE, tags=TAGS)
async def get_field(
    request: Call, caller: Caller, database: Store, project_id: PathId, field_id: PathId
) -> Response[Field]:
    """One field."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return read(request, await get_part(database, actions.FIELD, project, field_id))


@patch(ONE, tags=TAGS)
async def update_field(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    project_id: PathId,
    field_id: PathId,
    data: JSONBody[FieldPatch],
) -> Response[Field]:
    """Change name, options, default, or whether it is required. Tasks keep what they have."""
    require_scope(caller, "projects:write")
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_field(tx, caller, (project_id, field_id), data, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_field(
    request: Call, caller: Caller, database: Store, project_id: PathId, field_id: PathId
) -> Response[None]:
    """Give a field up. Tasks lose what they hold under its key a moment later."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_field(tx, caller, (project_id, field_id), expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


HANDLERS = [create_field, list_fields, get_field, update_field, delete_field]
