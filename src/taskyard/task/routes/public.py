"""/public/tasks: what everybody may read of the tasks of a public project, signed in or not.

Whoever asks is answered as the public is: a credential makes no difference, and is not looked at. There is no query
language here, because it knows people by their addresses.
"""

from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from taskyard.contracts.public import THE_PUBLIC
from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.public_answers import share
from taskyard.task.actions import comments, filtering
from taskyard.task.actions import read as reading
from taskyard.task.models.comments import Comment, CommentFilter
from taskyard.task.models.tasks import STATUS_PATTERN, Task, TaskFilter
from taskyard.task.routes.provided import Call, Cursors, Known, KnownPeople, Limit, QueryId, Store, Workspace

PATH = f"{API}/public/tasks"
TAGS = ["Public"]

OfProject = Annotated[str, QueryParameter(pattern=UUID_PATTERN, description="A public project.")]
Order = Annotated[str, QueryParameter(description="As in the list of tasks; by default `-updated_at`.")]


@get(PATH, tags=TAGS)
async def list_public_tasks(
    request: Call,
    known: Known,
    cursors: Cursors,
    people: KnownPeople,
    project_id: OfProject,
    status: Annotated[str | None, QueryParameter(pattern=STATUS_PATTERN)] = None,
    label: QueryId = None,
    sort: Order = "",
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Response[Page[Task]]:
    """List the tasks of a public project, for everybody. Answers may be kept for 30 seconds."""
    reader = filtering.Reader(known, cursors, people, THE_PUBLIC)
    wanted = TaskFilter(project_id=project_id, status=status, label_id=label, sort=sort)
    return share(request, await filtering.list_wanted(reader, wanted, (limit, cursor)))


@get(PATH + "/{ref:str}", tags=TAGS)
async def get_public_task(
    request: Call, database: Store, ref: FromPath[str], workspace: Workspace = None
) -> Response[Task]:
    """A task of a public project, for everybody, by its id or by its key with `?workspace=`."""
    return share(request, await reading.get_visible_task(database, THE_PUBLIC, ref, workspace))


@get(PATH + "/{ref:str}/comments", tags=TAGS)
async def list_public_comments(
    request: Call,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Response[Page[Comment]]:
    """List the comments on a task of a public project, for everybody, oldest first."""
    task = await reading.get_visible_task(database, THE_PUBLIC, ref, workspace)
    wanted = CommentFilter(task.id)
    return share(request, await comments.list_comments(database, cursors, THE_PUBLIC, wanted, (limit, cursor)))


HANDLERS = [list_public_tasks, get_public_task, list_public_comments]
