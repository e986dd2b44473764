"""/projects: bodies of work."""

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.clock import zone_named
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.text import clean_line, clean_text
from taskyard.kit.write import read, write
from taskyard.project.actions import project_copies as copies
from taskyard.project.actions import project_endings as endings
from taskyard.project.actions import projects as actions
from taskyard.project.actions import stats
from taskyard.project.actions.workspaces import get_workspace
from taskyard.project.models.projects import DuplicatedProject, NewProject, Project, ProjectCopy, ProjectPatch
from taskyard.project.models.stats import ProjectStats
from taskyard.project.queries import projects as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, KnownPeople, Limit, PathId, QueryId, Store

PATH = "/api/v1/projects"
ONE = PATH + "/{project_id:str}"
TAGS = ["Projects"]


@post(PATH, tags=TAGS, status_code=201)
async def create_project(
    request: Call, caller: Caller, database: Store, data: JSONBody[NewProject]
) -> Response[Project]:
    """Make a project with the default states and become one of its admins. 409 `key_taken`."""
    require_scope(caller, "projects:write")
    data.name = clean_line("/name", data.name)
    data.description = clean_text("/description", data.description)
    return await write(
        request,
        database,
        lambda tx: actions.create_project(tx, caller, data),
        recheck=lambda tx: get_workspace(tx, caller, data.workspace_id, Permission.PROJECT_CREATE),
        status=201,
        location=PATH + "/{id}",
    )


@get(PATH, tags=TAGS)
async def list_projects(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    workspace_id: QueryId = None,
    archived: FromQuery[bool | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Project]:
    """The projects you see, oldest first; of one workspace, archived or not, where asked for."""
    require_scope(caller, "projects:read")
    listing = f"projects of {workspace_id} archived {archived}"
    after = cursors.after_id(listing, cursor)
    wanted = queries.ProjectFilter(workspace_id=workspace_id, archived=archived)
    rows = await queries.list_projects(database, caller, wanted, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@get(ONE, tags=TAGS)
async def get_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[Project]:
    """One project you see."""
    require_scope(caller, "projects:read")
    return read(request, await actions.get_project(database, caller, project_id, Permission.PROJECT_VIEW))


@patch(ONE, tags=TAGS)
async def update_project(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[ProjectPatch]
) -> Response[Project]:
    """Change name, description, visibility or lead. The key stays: tasks are known by it."""
    require_scope(caller, "projects:write")
    if isinstance(data.name, str):
        data.name = clean_line("/name", data.name)
    if isinstance(data.description, str):
        data.description = clean_text("/description", data.description)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.update_project(tx, caller, project_id, data, expected),
        recheck=lambda tx: actions.get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def delete_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[None]:
    """Move a project to the trash."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: endings.delete_project(tx, caller, project_id, expected),
        recheck=lambda tx: endings.require_still_deleting(tx, caller, project_id),
    )


@post(ONE + "/archive", tags=TAGS, status_code=200)
async def archive_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[Project]:
    """Put a project aside; it stays visible."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: endings.archive_project(tx, caller, project_id, expected),
        recheck=lambda tx: actions.get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@post(ONE + "/unarchive", tags=TAGS, status_code=200)
async def unarchive_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[Project]:
    """Take an archived project up again."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: endings.unarchive_project(tx, caller, project_id, expected),
        recheck=lambda tx: actions.get_project(tx, caller, project_id, Permission.PROJECT_EDIT),
    )


@post(ONE + "/restore", tags=TAGS, status_code=200)
async def restore_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[Project]:
    """Take a project out of the trash. 409 `key_taken` when another project got its key meanwhile."""
    require_scope(caller, "projects:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: endings.restore_project(tx, caller, project_id, expected),
        recheck=lambda tx: actions.get_project(tx, caller, project_id, Permission.PROJECT_DELETE),
    )


@post(ONE + "/duplicate", tags=TAGS, status_code=201)
async def duplicate_project(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[ProjectCopy]
) -> Response[DuplicatedProject]:
    """Make a project arranged like this one, without its members, and become one of its admins.

    It gets the states, workflow, labels, fields and templates as they are now. With `tasks` a job makes its tasks
    once more, all to be done (`job_id`, for `GET /jobs/{id}`); that takes the scope `tasks:write` too. 409 `key_taken`,
    `too_many_tasks`, or `too_many_copies` while tasks of five projects of the workspace are being made.
    """
    require_scope(caller, "projects:write")
    data.name = clean_line("/name", data.name)
    return await write(
        request,
        database,
        lambda tx: copies.duplicate_project(tx, caller, project_id, data),
        recheck_answer=lambda tx, body: actions.get_project(
            tx, caller, msgspec.json.decode(body, type=Project).id, Permission.PROJECT_VIEW
        ),
        status=201,
        location=PATH + "/{id}",
    )


@get(ONE + "/stats", tags=TAGS)
async def get_stats(caller: Caller, database: Store, people: KnownPeople, project_id: PathId) -> ProjectStats:
    """How this project stands: its tasks by state, open, completed, overdue and unassigned.

    Days end in your time zone. Tasks that are archived or in the trash do not count.
    """
    require_scope(caller, "projects:read")
    zone = zone_named(await people.find_time_zone(id=caller.id))
    return await stats.get_stats(database, caller, project_id, zone)


HANDLERS = [
    create_project,
    list_projects,
    get_project,
    update_project,
    delete_project,
    archive_project,
    unarchive_project,
    restore_project,
    duplicate_project,
    get_stats,
]
