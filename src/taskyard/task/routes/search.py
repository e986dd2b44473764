"""/search: tasks and comments by their words."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.task.actions import search as actions
from taskyard.task.models.search import Found, Where
from taskyard.task.routes.provided import Caller, Cursors, Limit, QueryId, Store

Text = Annotated[str, QueryParameter(min_length=1, max_length=500, description="Words, in any order.")]


@get(f"{API}/search", tags=["Search"])
async def search(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    *,
    q: Text,
    project_id: QueryId = None,
    include_archived: FromQuery[bool] = False,
    limit: Limit = 20,
    cursor: FromQuery[str | None] = None,
) -> Page[Found]:
    """Find tasks and comments you see by their words, the best first.

    All words have to be there, in a task's key, title and description or in one comment; a longer word that begins
    with one will do. Where nothing is found, words of your workspaces that are one mistake away are tried.
    Archived tasks are looked into with `include_archived`.
    `highlight` is HTML, safe to show: the text is escaped, and what was found stands in `<mark>`.
    """
    require_scope(caller, "tasks:read")
    require_scope(caller, "comments:read")
    where = Where(project_id, include_archived)
    return await actions.search(database, cursors, caller, (q, where), (limit, cursor))


HANDLERS = [search]
