"""Commenting on tasks: reading, writing, editing and deleting comments."""

from datetime import datetime

import msgspec
from msgspec import UNSET

from taskyard.contracts.task import COMMENT_CREATED, COMMENT_DELETED, COMMENT_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied, invalid
from taskyard.kit.text import clean_text
from taskyard.task.actions.mentions import mentioned_in, require_mentionable
from taskyard.task.actions.outsiders import list_new_outsiders
from taskyard.task.errors import CommentNotFound
from taskyard.task.models.comments import MOST_CHARACTERS, Comment, CommentFilter, CommentPatch, NewComment, Thread
from taskyard.task.permissions import (
    require_author,
    require_editable_comment,
    require_may_remove,
    require_removable_comment,
    require_thread,
)
from taskyard.task.queries import comments as queries


async def get_visible_comment(database: Database, caller: Principal, comment_id: str) -> Comment:
    """One comment. Raises CommentNotFound."""
    comment = await queries.find_comment(database, caller, comment_id) if is_id(comment_id) else None
    if comment is None:
        raise CommentNotFound
    return comment


async def list_comments(
    database: Database,
    cursors: CursorSigner,
    caller: Principal,
    wanted: CommentFilter,
    page: tuple[int, str | None],
) -> Page[Comment]:
    """A page of a task's comments; ``page`` is its length and the cursor it follows.

    Empty also for a task that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    after = queries.FIRST[wanted.sort]
    if cursor is not None:
        after = msgspec.convert(cursors.open(wanted.listing, cursor), tuple[datetime, str])
    rows = await queries.list_comments(database, caller, wanted, (after, limit + 1))
    return cursors.page(wanted.listing, rows, limit, lambda last: [last.created_at, last.id])


async def create_comment(tx: Transaction, caller: Principal, task_id: str, new: NewComment) -> Comment:
    """Comment on a task. Raises TaskNotFound, PermissionDenied, ProjectArchived or InvalidInput."""
    body = clean_body(new.body)
    mentioned_ids = mentioned_in(body)
    thread = require_thread(await queries.find_thread(tx, caller, task_id, mentioned_ids, new.reply_to))
    require_mentionable(thread.outsider_ids)
    if new.reply_to is not None and thread.root_id is None:
        raise invalid("/reply_to", "The task has no such comment.")
    comment = _comment(thread, caller, body, mentioned_ids)
    if not await queries.insert_comment(tx, caller, comment):
        raise PermissionDenied("The task or its project was closed to comments a moment ago.")
    await _announce(tx, COMMENT_CREATED, comment, {})
    return comment


async def update_comment(
    tx: Transaction, caller: Principal, comment_id: str, patch: CommentPatch, *, expected: int | None = None
) -> Comment:
    """Change what the caller wrote. Nothing is stored or announced when nothing changes.

    Raises CommentNotFound, PermissionDenied, ProjectArchived, PreconditionFailed or InvalidInput.
    """
    found = require_editable_comment(await queries.lock_comment(tx, caller, _id(comment_id)), caller.id).comment
    require_version(expected, found.version)
    body = found.body if patch.body is UNSET else clean_body(patch.body)
    if body == found.body:
        return found
    mentioned_ids = mentioned_in(body)
    require_mentionable(await list_new_outsiders(tx, found, found.mentioned_ids, mentioned_ids))
    now = clock.now()
    comment = msgspec.structs.replace(
        found, body=body, mentioned_ids=mentioned_ids, updated_at=now, edited_at=now, version=found.version + 1
    )
    await queries.update_comment(tx, comment)
    changes = changed_fields(found, comment)
    await _announce(tx, COMMENT_UPDATED, comment, changes)
    return comment


async def delete_comment(tx: Transaction, caller: Principal, comment_id: str, *, expected: int | None = None) -> None:
    """Delete a comment: one's own, or as who runs the project anybody's.

    Raises CommentNotFound, PermissionDenied, ProjectArchived or PreconditionFailed.
    """
    found = require_removable_comment(await queries.lock_comment(tx, caller, _id(comment_id)), caller.id).comment
    require_version(expected, found.version)
    comment = msgspec.structs.replace(found, updated_at=clock.now(), version=found.version + 1)
    await queries.mark_deleted(tx, comment)
    await _announce(tx, COMMENT_DELETED, comment, {})


async def require_still_editing(tx: Statements, caller: Principal, comment_id: str) -> None:
    """Refuse the stored answer of a change to who may not make it any more."""
    require_author(await queries.find_standing(tx, caller, comment_id), caller.id)


async def require_still_deleting(tx: Statements, caller: Principal, comment_id: str) -> None:
    """Refuse the stored answer of a deletion to who may not do it any more."""
    require_may_remove(await queries.find_standing(tx, caller, comment_id), caller.id)


def clean_body(body: str) -> str:
    """The body of a comment as it is stored. Raises InvalidInput."""
    text = clean_text("/body", body).strip("\n").rstrip()
    if not text:
        raise invalid("/body", "This must not be blank.")
    if len(text) > MOST_CHARACTERS:
        raise invalid("/body", f"This has {len(text)} characters; at most {MOST_CHARACTERS} are allowed.")
    return text


def _comment(thread: Thread, caller: Principal, body: str, mentioned_ids: list[str]) -> Comment:
    now = clock.now()
    return Comment(
        id=new_id(),
        workspace_id=thread.workspace_id,
        project_id=thread.project_id,
        task_id=thread.task_id,
        author_id=caller.id,
        reply_to=thread.root_id,
        body=body,
        mentioned_ids=mentioned_ids,
        created_at=now,
        updated_at=now,
        edited_at=None,
        version=1,
    )


def _id(text: str) -> str:
    if not is_id(text):
        raise CommentNotFound
    return text


async def _announce(tx: Transaction, kind: str, comment: Comment, changes: dict[str, FieldChange]) -> None:
    await announce(
        tx,
        Change(
            type=kind,
            resource_id=comment.id,
            version=comment.version,
            data=comment,
            changes=changes,
            workspace_id=comment.workspace_id,
            project_id=comment.project_id,
        ),
    )
