"""/views: lists that people keep."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import views as actions
from taskyard.task.actions.filtering import Reader
from taskyard.task.models.tasks import Count, Task
from taskyard.task.models.views import NewView, View, ViewPatch
from taskyard.task.routes.provided import Call, Caller, Cursors, Known, KnownPeople, Limit, QueryId, Store

READ, WRITE = "tasks:read", "tasks:write"
ALL = f"{API}/views"
ONE = ALL + "/{view_id:str}"
TAGS = ["Views"]


@post(ALL, tags=TAGS)
async def create_view(request: Call, caller: Caller, database: Store, data: JSONBody[NewView]) -> Response[View]:
    """Keep a list: a query with an order, of a project or of everything one sees.

    It is yours alone, or with `is_shared` of everybody who sees the project, for who may change tasks there.
    """
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> View:
        return await actions.create_view(tx, caller, data)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_creating(tx, caller, data)

    return await write(request, database, act, recheck=recheck, status=201, location=ALL + "/{id}")


@get(ALL, tags=TAGS)
async def list_views(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: QueryId = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[View]:
    """List your views and those shared in projects you see, the oldest first."""
    require_scope(caller, READ)
    return await actions.list_views(database, cursors, caller, project_id, (limit, cursor))


@get(ONE, tags=TAGS)
async def get_view(request: Call, caller: Caller, database: Store, view_id: FromPath[str]) -> Response[View]:
    """One view."""
    require_scope(caller, READ)
    return read(request, await actions.get_visible_view(database, caller, view_id))


@get(ONE + "/tasks", tags=TAGS)
async def list_tasks_of_view(
    caller: Caller,
    known: Known,
    cursors: Cursors,
    people: KnownPeople,
    view_id: FromPath[str],
    count: FromQuery[Count] = "none",
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Task]:
    """The tasks of a view as you see them: `me` is you, and what you cannot see is not in it."""
    require_scope(caller, READ)
    reader = Reader(known, cursors, people, caller)
    return await actions.list_tasks(reader, view_id, (limit, cursor), count)


@patch(ONE, tags=TAGS)
async def update_view(
    request: Call, caller: Caller, database: Store, view_id: FromPath[str], data: JSONBody[ViewPatch]
) -> Response[View]:
    """Change a view of yours, by JSON Merge Patch (RFC 7396)."""
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> View:
        return await actions.update_view(tx, caller, view_id, data, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_visible(tx, caller, view_id)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def delete_view(request: Call, caller: Caller, database: Store, view_id: FromPath[str]) -> Response[None]:
    """Give a view up: yours, or a shared one of a project that you may change."""
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_view(tx, caller, view_id, expected=expected)

    return await write(request, database, act)


HANDLERS = [create_view, list_views, get_view, list_tasks_of_view, update_view, delete_view]
