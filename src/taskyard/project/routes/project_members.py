"""/projects/{id}/members: roles that people and teams have in one project."""

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.project.actions import project_members as actions
from taskyard.project.actions.projects import get_project
from taskyard.project.models.projects import NewProjectMember, ProjectMember
from taskyard.project.models.workspaces import RolePatch
from taskyard.project.queries import project_members as queries
from taskyard.project.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

PATH = "/api/v1/projects/{project_id:str}/members"
ONE = PATH + "/{subject_id:str}"
TAGS = ["Project members"]


@post(PATH, tags=TAGS, status_code=201)
async def add_project_member(
    request: Call, caller: Caller, database: Store, project_id: PathId, data: JSONBody[NewProjectMember]
) -> Response[ProjectMember]:
    """Give a person (`user_id`) or a team (`team_id`) of the workspace a role here. 409 `already_member`."""
    require_scope(caller, "projects:admin")
    return await write(
        request,
        database,
        lambda tx: actions.add_project_member(tx, caller, project_id, data),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_MEMBERS),
        status=201,
        location="/api/v1/projects/{project_id}/members",
    )


@get(PATH, tags=TAGS)
async def list_project_members(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ProjectMember]:
    """The people and teams with a role of their own here; others may see the project by their workspace role."""
    require_scope(caller, "projects:read")
    listing = f"members of project {project_id}"
    after = cursors.after_id(listing, cursor)
    project = await get_project(database, caller, project_id, Permission.PROJECT_VIEW)
    rows = await queries.list_project_members(database, project, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.user_id or row.team_id])


@patch(ONE, tags=TAGS)
async def change_project_role(
    *, request: Call, caller: Caller, database: Store, project_id: PathId, subject_id: PathId, data: JSONBody[RolePatch]
) -> Response[ProjectMember]:
    """Give a person or team another role here."""
    require_scope(caller, "projects:admin")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.change_project_role(tx, caller, (project_id, subject_id), data.role, expected),
        recheck=lambda tx: get_project(tx, caller, project_id, Permission.PROJECT_MEMBERS),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def remove_project_member(
    request: Call, caller: Caller, database: Store, project_id: PathId, subject_id: PathId
) -> Response[None]:
    """Take a role here away, or give up your own."""
    require_scope(caller, "projects:admin")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.remove_project_member(tx, caller, project_id, subject_id, expected),
        recheck=lambda tx: actions.require_still_removing(tx, caller, project_id, subject_id),
    )


HANDLERS = [add_project_member, list_project_members, change_project_role, remove_project_member]
