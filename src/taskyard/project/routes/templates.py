"""/projects/{id}/templates: what a new task may begin with."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line, clean_text
from taskyard.kit.write import read, write
from taskyard.project.actions import templates as actions
from taskyard.project.actions.parts import get_part
from taskyard.project.actions.projects import get_project
from taskyard.project.models.templates import NewTemplate, Template, TemplatePatch
from taskyard.project.queries import templates as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

PATH = "/api/v1/projects/{project_id:str}/templates"
ONE = PATH + "/{template_id:str}"
TAGS = ["Templates"]


@post(PATH, tags=TAGS, status_code=201)
async def create_template(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewTemplate]
) -> Response[Template]:
    """Make a template. A new task that names it in `template_id` begins with what it holds. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    return await write(
        request,
        database,
        lambda tx: actions.create_template(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
        status=201,
        location="/api/v1/projects/{project_id}/templates/{id}",
    )


@get(PATH, tags=TAGS)
async def list_templates(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Template]:
    """The templates of a project, oldest first."""
    require_scope(caller, "projects:read")
    listing = f"templates of {project_id}"
    after = cursors.after_id(listing, cursor)
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    rows = await queries.list_templates(database, project, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@get(ONE, tags=TAGS)
async def get_template(
    request: Call, caller: Caller, database: Store, project_id: PathId, template_id: PathId
) -> Response[Template]:
    """One template."""
    require_scope(caller, "projects:read")
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    return read(request, await get_part(database, actions.TEMPLATE, project, template_id))


@patch(ONE, tags=TAGS)
async def update_template(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    project_id: PathId,
    template_id: PathId,
    data: JSONBody[TemplatePatch],
) -> Response[Template]:
    """Change a template. Tasks that were made from it stay as they are. 409 `name_taken`."""
    require_scope(caller, "projects:write")
    _clean(data)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_template(tx, caller, (project_id, template_id), data, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_template(
    request: Call, caller: Caller, database: Store, project_id: PathId, template_id: PathId
) -> Response[None]:
    """Give a template up. Tasks that were made from it stay as they are."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.delete_template(tx, caller, (project_id, template_id), expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


def _clean(data: NewTemplate | TemplatePatch) -> None:
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    if isinstance(data.description, str):
        data.description = clean_text("/description", data.description)


HANDLERS = [create_template, list_templates, get_template, update_template, delete_template]
