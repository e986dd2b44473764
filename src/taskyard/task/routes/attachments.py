"""/tasks/{ref}/attachments: files that hang on a task."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation
from litestar.types import ASGIApp, Receive, Scope, Send

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.problems import Unavailable
from taskyard.kit.ranges import Span, wanted_span
from taskyard.kit.requests import header
from taskyard.kit.whole_request import WholeRequest
from taskyard.kit.write import read, write
from taskyard.task.actions import attachments as actions
from taskyard.task.actions import read as tasks
from taskyard.task.actions.attachments import Shelf
from taskyard.task.models.attachments import Attachment
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store, Workspace

READ, WRITE = "tasks:read", "tasks:write"
OF_TASK = f"{API}/tasks/{{ref:str}}/attachments"
ONE = OF_TASK + "/{attachment_id:str}"
TAGS = ["Attachments"]
BINARY = "application/octet-stream"
"""What every file is sent as, whatever it seems to be: a browser saves it and shows nothing."""
POLICY = b"default-src 'none'; sandbox"

Kept = NamedDependency[SkipValidation[Shelf]]
FileName = Annotated[str, QueryParameter(min_length=1, max_length=1000, description="What the file is called.")]


@dataclass
class _WithFile(Operation):
    """An operation whose body is a file, for the OpenAPI document."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(content={BINARY: OpenAPIMediaType(schema=schema)}, required=True)


@post(OF_TASK, tags=TAGS, operation_class=_WithFile)
async def create_attachment(
    request: WholeRequest,
    caller: Caller,
    database: Store,
    shelf: Kept,
    ref: FromPath[str],
    name: FileName,
    workspace: Workspace = None,
) -> Response[Attachment]:
    """Hang a file on a task: the body is the file itself, `name` what it is called. Others than JSON are taken as well.

    Too long a file is 413, a workspace that keeps as much as it may 409 `attachment_quota_reached`, a store that is
    away 503 `attachments_unavailable`.
    """
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    line = await actions.require_room(database, shelf, caller, task_id, name)
    received = await actions.receive(shelf, line, request.parts(shelf.most))
    is_had = False

    async def act(tx: Transaction) -> Attachment:
        nonlocal is_had
        attachment = await actions.create_attachment(tx, shelf, caller, task_id, received)
        is_had = True  # what becomes of the commit is for the collector to find out
        return attachment

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    try:
        return await write(
            request, database, act, recheck=recheck, status=201, location=API + "/tasks/{task_id}/attachments/{id}"
        )
    finally:
        if not is_had:
            await actions.discard(shelf, received)


@get(OF_TASK, tags=TAGS)
async def list_attachments(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Attachment]:
    """List the files that hang on a task, first ones first."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    page = await actions.list_attachments(database, cursors, caller, task_id, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page


@get(ONE, tags=TAGS)
async def get_attachment(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    attachment_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[Attachment]:
    """What a file is called, how long it is and what it seems to be; `sha256` says what is in it."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    return read(request, await actions.get_visible_attachment(database, caller, task_id, attachment_id))


@get(
    f"{ONE}/file",
    tags=TAGS,
    responses={
        200: ResponseSpec(bytes, media_type=BINARY, description="The file.", generate_examples=False),
        206: ResponseSpec(
            bytes, media_type=BINARY, description="The bytes that `Range` asks for.", generate_examples=False
        ),
    },
)
async def get_attachment_file(
    request: Call,
    caller: Caller,
    database: Store,
    shelf: Kept,
    ref: FromPath[str],
    attachment_id: FromPath[str],
    workspace: Workspace = None,
) -> ASGIApp:
    """The file, to be saved and not shown. Its ETag is its SHA-256; 304 for who has it already.

    `Range: bytes=1000-` gives the rest of a file whose beginning is there, with `If-Range` if it still is that file.
    """
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    attachment = await actions.get_visible_attachment(database, caller, task_id, attachment_id)
    tag = f'"{attachment.sha256}"'
    known = [one.strip().removeprefix("W/") for one in (header(request.scope, b"if-none-match") or "").split(",")]
    if tag in known or "*" in known:
        return _File(attachment, None)
    asked, if_range = header(request.scope, b"range"), header(request.scope, b"if-range")
    span = wanted_span(asked, if_range, tag=tag, size=attachment.size)
    return _File(attachment, await actions.open_file(shelf, attachment, span), span)


@delete(ONE, tags=TAGS)
async def delete_attachment(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    attachment_id: FromPath[str],
    workspace: Workspace = None,
) -> Response[None]:
    """Take a file off a task."""
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_attachment(tx, caller, (task_id, attachment_id), expected=expected)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.TASK_EDIT)

    return await write(request, database, act, recheck=recheck)


class _File:
    """The answer: the parts of a file as they are read, or only that it is the one the client has."""

    def __init__(self, attachment: Attachment, parts: AsyncIterator[bytes] | None, span: Span | None = None) -> None:
        self._attachment = attachment
        self._parts = parts
        self._span = span

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, headers = 304, [(b"etag", f'"{self._attachment.sha256}"'.encode())]
        if self._parts is not None:
            status, headers = 200 if self._span is None else 206, headers + self._headers()
        await send({"type": "http.response.start", "status": status, "headers": headers})
        with suppress(Unavailable):  # the store has told the log; an answer without its end is seen to have broken off
            if self._parts is not None:
                async for part in self._parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self) -> list[tuple[bytes, bytes]]:
        """Nothing that a browser could take for a page of ours (RFC 6266, RFC 8187)."""
        span = self._span
        part = [] if span is None else [(b"content-range", span.content_range.encode())]
        return [
            *part,
            (b"accept-ranges", b"bytes"),
            (b"content-type", BINARY.encode()),
            (b"content-length", b"%d" % (self._attachment.size if span is None else span.length)),
            (b"content-disposition", f"attachment; filename*=UTF-8''{quote(self._attachment.name, safe='')}".encode()),
            (b"content-security-policy", POLICY),
            (b"x-content-type-options", b"nosniff"),
        ]


HANDLERS = [create_attachment, list_attachments, get_attachment, get_attachment_file, delete_attachment]
