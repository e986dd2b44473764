"""/imports: tasks from elsewhere into a project that one runs, and whole workspaces."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import imports as actions
from taskyard.task.models.imports import Import, NewImport, RowNote
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store

READ, WRITE = "imports:read", "imports:write"
TAGS = ["Imports"]
ONE = f"{API}/imports/{{import_id:str}}"


@post(f"{API}/imports", tags=TAGS)
async def create_import(request: Call, caller: Caller, database: Store, data: JSONBody[NewImport]) -> Response[Import]:
    """Import tasks into a project that you run, or what an export says into a workspace that you run.

    A job takes up to 10,000 rows or lines in, each once however often it comes; with `is_dry_run` it only says what
    would become. People are found by their e-mail addresses. See `docs/imports.md`.
    """
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> Import:
        return await actions.create_import(tx, caller, data)

    async def recheck(tx: Transaction) -> None:
        await actions.require_importing(tx, caller, data)

    return await write(request, database, act, recheck=recheck, status=201, location=API + "/imports/{id}")


@get(ONE, tags=TAGS)
async def get_import(request: Call, caller: Caller, database: Store, import_id: FromPath[str]) -> Response[Import]:
    """How far an import of yours is, for a week: of `rows_total` rows, how many were created, present or refused."""
    require_scope(caller, READ)
    return read(request, await actions.get_import(database, caller, import_id))


@get(f"{ONE}/notes", tags=TAGS)
async def list_import_notes(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    import_id: FromPath[str],
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[RowNote]:
    """The rows, by their lines, that were refused and why, or of which something was left out."""
    require_scope(caller, READ)
    found = await actions.get_import(database, caller, import_id)
    return await actions.list_notes(database, cursors, found, (limit, cursor))


HANDLERS = [create_import, get_import, list_import_notes]
