"""/tasks/{ref}/comments and /comments: what is said about a task."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import comments as actions
from taskyard.task.actions import read as tasks
from taskyard.task.actions.rendering import render_comment, render_comments
from taskyard.task.models.comments import Comment, CommentFilter, CommentPatch, CommentSort, NewComment, RenderedComment
from taskyard.task.routes.provided import Call, Caller, Cursors, Expand, Limit, Store, Workspace

READ, WRITE = "comments:read", "comments:write"
OF_TASK, ONE = f"{API}/tasks/{{ref:str}}/comments", f"{API}/comments/{{comment_id:str}}"
TAGS = ["Comments"]

Order = Annotated[CommentSort, QueryParameter(description="Oldest first, unless `-created_at`.")]


@post(OF_TASK, tags=TAGS)
async def create_comment(
    request: Call,
    caller: Caller,
    database: Store,
    ref: FromPath[str],
    data: JSONBody[NewComment],
    workspace: Workspace = None,
) -> Response[Comment]:
    """Comment on a task.

    `@` and the id of a person who sees the project mentions them: `@0190a000-0000-7000-8000-000000000000, please
    look.` The mentioned are notified, and so are the task's creator, assignees and earlier commenters.
    `reply_to` answers a comment; to answer an answer joins its thread.
    """
    require_scope(caller, WRITE)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)

    async def act(tx: Transaction) -> Comment:
        return await actions.create_comment(tx, caller, task_id, data)

    async def recheck(tx: Transaction) -> None:
        await tasks.require_still_held(tx, caller, task_id, Permission.COMMENT_CREATE)

    return await write(request, database, act, recheck=recheck, status=201, location=API + "/comments/{id}")


@get(OF_TASK, tags=TAGS)
async def list_comments(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    ref: FromPath[str],
    workspace: Workspace = None,
    reply_to: Annotated[
        str | None, QueryParameter(pattern=UUID_PATTERN, description="Only the replies to this.")
    ] = None,
    sort: Order = "created_at",
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
    expand: Expand = None,
) -> Page[Comment] | Page[RenderedComment]:
    """List the comments on a task, or the replies to one of them."""
    require_scope(caller, READ)
    task_id = await tasks.get_task_id(database, caller, ref, workspace)
    wanted = CommentFilter(task_id, reply_to, sort)
    page = await actions.list_comments(database, cursors, caller, wanted, (limit, cursor))
    if not page.items:
        await tasks.get_visible_task(database, caller, task_id, None)
    return page if expand is None else await render_comments(page)


@get(ONE, tags=TAGS)
async def get_comment(
    request: Call, caller: Caller, database: Store, comment_id: FromPath[str], expand: Expand = None
) -> Response[Comment | RenderedComment]:
    """One comment."""
    require_scope(caller, READ)
    comment = await actions.get_visible_comment(database, caller, comment_id)
    return read(request, comment if expand is None else await render_comment(comment))


@patch(ONE, tags=TAGS)
async def update_comment(
    request: Call, caller: Caller, database: Store, comment_id: FromPath[str], data: JSONBody[CommentPatch]
) -> Response[Comment]:
    """Change a comment you wrote, by JSON Merge Patch (RFC 7396). Who is mentioned anew is notified."""
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> Comment:
        return await actions.update_comment(tx, caller, comment_id, data, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_editing(tx, caller, comment_id)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def delete_comment(request: Call, caller: Caller, database: Store, comment_id: FromPath[str]) -> Response[None]:
    """Delete a comment you wrote, or any in a project you may edit."""
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_comment(tx, caller, comment_id, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_deleting(tx, caller, comment_id)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [create_comment, list_comments, get_comment, update_comment, delete_comment]
