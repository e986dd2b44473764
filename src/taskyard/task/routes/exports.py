"""/exports: a workspace as a file, for who asked for it."""

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIResponse, Operation
from litestar.params import FromPath, JSONBody
from litestar.types import ASGIApp, Receive, Scope, Send

from taskyard.kit.database import Database, Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import exports as actions
from taskyard.task.models.exports import Export, NewExport
from taskyard.task.routes.provided import Call, Caller, Store

READ, WRITE = "exports:read", "exports:write"
TAGS = ["Exports"]
ONE = f"{API}/exports/{{export_id:str}}"
MEDIA_TYPES = {"json": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
SUFFIXES = {"json": "ndjson", "csv": "csv"}


@post(f"{API}/exports", tags=TAGS)
async def create_export(request: Call, caller: Caller, database: Store, data: JSONBody[NewExport]) -> Response[Export]:
    """Export all you see of a workspace that you run. A job writes the file: `state`, `tasks_done` of `tasks_total`.

    The file can be fetched for a day, by you alone. One at a time: 409 `export_running`.
    """
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> Export:
        return await actions.create_export(tx, caller, data)

    async def recheck(tx: Transaction) -> None:
        await actions.require_exporting(tx, caller, data.workspace_id)

    return await write(request, database, act, recheck=recheck, status=201, location=API + "/exports/{id}")


@get(ONE, tags=TAGS)
async def get_export(request: Call, caller: Caller, database: Store, export_id: FromPath[str]) -> Response[Export]:
    """How far an export of yours is."""
    require_scope(caller, READ)
    return read(request, await actions.get_export(database, caller, export_id))


@dataclass
class _InBothFormats(Operation):
    """The operation that answers with the file: the document says of both formats."""

    def __post_init__(self) -> None:
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse) and answer.content:
            answer.content["text/csv"] = answer.content[MEDIA_TYPES["json"]]


@get(
    f"{ONE}/file",
    tags=TAGS,
    operation_class=_InBothFormats,
    responses={
        200: ResponseSpec(bytes, media_type=MEDIA_TYPES["json"], description="The file.", generate_examples=False)
    },
)
async def get_export_file(caller: Caller, database: Store, export_id: FromPath[str]) -> ASGIApp:
    """The file of an export of yours, once it is `done`: lines of JSON, or CSV with a heading (`docs/exports.md`)."""
    require_scope(caller, READ)
    return _File(database, await actions.get_finished_export(database, caller, export_id))


class _File:
    """The answer: the parts of a file as they are read."""

    def __init__(self, database: Database, export: Export) -> None:
        self._database = database
        self._export = export

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        export = self._export
        name = f"taskyard-{export.created_at:%Y-%m-%d}.{SUFFIXES[export.format]}"
        headers = [
            (b"content-type", MEDIA_TYPES[export.format].encode()),
            (b"content-length", str(export.size).encode()),
            (b"content-disposition", f'attachment; filename="{name}"'.encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for content in actions.read_file(self._database, export):
            await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


HANDLERS = [create_export, get_export, get_export_file]
