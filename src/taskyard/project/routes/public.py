"""/public/projects: what everybody may read of a project that is public, signed in or not.

Whoever asks is answered as the public is: a credential makes no difference, and is not looked at.
"""

import msgspec
from litestar import Response, get

from taskyard.contracts.access import Permission
from taskyard.contracts.public import THE_PUBLIC
from taskyard.kit.cursors import Page
from taskyard.kit.public_answers import share
from taskyard.project.actions.projects import get_project
from taskyard.project.models.labels import Label
from taskyard.project.models.projects import PublicProject
from taskyard.project.models.states import State
from taskyard.project.queries import labels, states
from taskyard.project.routes.provided import Call, Cursor, Cursors, Limit, PathId, Store

ONE = "/api/v1/public/projects/{project_id:str}"
TAGS = ["Public"]


@get(ONE, tags=TAGS)
async def get_public_project(request: Call, database: Store, project_id: PathId) -> Response[PublicProject]:
    """A public project, for everybody. Answers may be kept for 30 seconds."""
    project = await get_project(database, THE_PUBLIC, project_id, Permission.PROJECT_VIEW)
    return share(request, msgspec.convert(project, PublicProject, from_attributes=True))


@get(ONE + "/states", tags=TAGS)
async def list_public_states(request: Call, database: Store, project_id: PathId) -> Response[Page[State]]:
    """The states that tasks of a public project can be in, for everybody."""
    project = await get_project(database, THE_PUBLIC, project_id, Permission.PROJECT_VIEW)
    return share(request, Page(await states.list_states(database, project), None))


@get(ONE + "/labels", tags=TAGS)
async def list_public_labels(
    *, request: Call, database: Store, cursors: Cursors, project_id: PathId, limit: Limit = 50, cursor: Cursor = None
) -> Response[Page[Label]]:
    """The labels of a public project, for everybody, oldest first."""
    listing = f"public labels of {project_id}"
    after = cursors.after_id(listing, cursor)
    project = await get_project(database, THE_PUBLIC, project_id, Permission.PROJECT_VIEW)
    rows = await labels.list_labels(database, project, after, limit + 1)
    return share(request, cursors.page(listing, rows, limit, lambda row: [row.id]))


HANDLERS = [get_public_project, list_public_states, list_public_labels]
