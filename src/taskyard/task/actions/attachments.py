"""Files that hang on tasks: first a file is kept, then a task has it; a file that no task has is collected."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import msgspec

from taskyard.contracts.access import Permission
from taskyard.contracts.task import ATTACHMENT_CREATED, ATTACHMENT_DELETED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.files import Files
from taskyard.kit.ids import LOWEST_ID, is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import Unavailable, invalid
from taskyard.kit.ranges import Span
from taskyard.kit.text import clean_line
from taskyard.task.actions.file_kinds import media_type_of
from taskyard.task.errors import (
    AttachmentFileMissing,
    AttachmentNotFound,
    AttachmentQuotaReached,
    AttachmentsOff,
    AttachmentsUnavailable,
)
from taskyard.task.models.attachments import LONGEST_NAME, Attachment, Received
from taskyard.task.permissions import require_anchor, require_removable_attachment
from taskyard.task.queries import attachments as queries
from taskyard.task.queries.anchors import find_anchor

GRACE = timedelta(days=1)
"""How long a file is kept that no attachment needs: it may be on its way to one, and people change their minds."""
AT_ONCE = 1000


class Shelf(msgspec.Struct, frozen=True):
    """Where files are kept, None for nowhere; how many bytes one may have, and all of a workspace together."""

    files: Files | None
    most: int
    quota: int


async def list_attachments(
    database: Database, cursors: CursorSigner, caller: Principal, task_id: str, page: tuple[int, str | None]
) -> Page[Attachment]:
    """A page of a task's attachments, first ones first; ``page`` is its length and the cursor it follows.

    Empty also for a task that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    listing = f"attachments of {task_id}"
    after = LOWEST_ID if cursor is None else msgspec.convert(cursors.open(listing, cursor), tuple[str])[0]
    rows = await queries.list_attachments(database, caller, task_id, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.id])


async def get_visible_attachment(database: Database, caller: Principal, task_id: str, attachment_id: str) -> Attachment:
    """One attachment. Raises AttachmentNotFound."""
    found = await queries.find_attachment(database, caller, task_id, attachment_id) if is_id(attachment_id) else None
    if found is None:
        raise AttachmentNotFound
    return found


async def open_file(shelf: Shelf, attachment: Attachment, span: Span | None = None) -> AsyncIterator[bytes]:
    """What is in an attachment, or a span of it; its beginning is there already, so that it can still be refused.

    Raises AttachmentsOff, AttachmentFileMissing or AttachmentsUnavailable.
    """
    first, length = (0, attachment.size) if span is None else (span.first, span.length)
    parts = _files(shelf).read(attachment.id, first, length)
    try:
        with _reaching():
            beginning = await anext(parts, b"")
    except FileNotFoundError as error:
        raise AttachmentFileMissing from error
    return _joined(beginning, parts)


async def require_room(database: Database, shelf: Shelf, caller: Principal, task_id: str, name: str) -> str:
    """Refuse a file before a byte of it is read; gives its name as it is to be shown.

    Raises AttachmentsOff, InvalidInput, TaskNotFound, PermissionDenied, ProjectArchived or AttachmentQuotaReached.
    """
    _files(shelf)
    line = clean_line("/name", name)
    if len(line) > LONGEST_NAME or "/" in line or "\\" in line:
        raise invalid("/name", f"This must be the name of a file alone, of at most {LONGEST_NAME} characters.")
    anchor = require_anchor(await find_anchor(database, caller, task_id), Permission.TASK_EDIT)
    if await queries.sum_sizes(database, anchor.workspace_id) >= shelf.quota:
        raise AttachmentQuotaReached
    return line


async def receive(shelf: Shelf, name: str, parts: AsyncIterator[bytes]) -> Received:
    """Keep a file under an id of ours. Raises what reading it does, or AttachmentsUnavailable."""
    file_id = new_id()
    with _reaching():
        stored = await _files(shelf).put(file_id, parts)
    return Received(file_id, name, media_type_of(name, stored.head), stored.size, stored.sha256)


async def discard(shelf: Shelf, received: Received) -> None:
    """Give up a file that no task got; where it cannot be reached the collector will."""
    with contextlib.suppress(Unavailable):
        await _files(shelf).remove(received.id)


async def create_attachment(
    tx: Transaction, shelf: Shelf, caller: Principal, task_id: str, received: Received
) -> Attachment:
    """Hang a file on a task. Raises TaskNotFound, PermissionDenied, ProjectArchived or AttachmentQuotaReached."""
    anchor = require_anchor(await find_anchor(tx, caller, task_id), Permission.TASK_EDIT)
    await queries.lock_quota(tx, anchor.workspace_id)
    if await queries.sum_sizes(tx, anchor.workspace_id) + received.size > shelf.quota:
        raise AttachmentQuotaReached
    attachment = Attachment(
        id=received.id,
        workspace_id=anchor.workspace_id,
        project_id=anchor.project_id,
        task_id=anchor.task_id,
        name=received.name,
        media_type=received.media_type,
        size=received.size,
        sha256=received.sha256,
        created_by=caller.id,
        created_at=clock.now(),
        version=1,
    )
    await queries.insert_attachment(tx, attachment)
    await _announce(tx, ATTACHMENT_CREATED, attachment)
    return attachment


async def delete_attachment(
    tx: Transaction, caller: Principal, named: tuple[str, str], *, expected: int | None = None
) -> None:
    """Take an attachment off its task; ``named`` is the task's id and its own. Its file is collected later.

    Raises AttachmentNotFound, PermissionDenied, ProjectArchived or PreconditionFailed.
    """
    locked = await queries.lock_attachment(tx, caller, *named) if is_id(named[1]) else None
    found = require_removable_attachment(locked)
    require_version(expected, found.version)
    attachment = msgspec.structs.replace(found, version=found.version + 1)
    await queries.mark_deleted(tx, attachment, clock.now())
    await _announce(tx, ATTACHMENT_DELETED, attachment)


async def collect_files(database: Database, files: Files, age: timedelta = GRACE) -> int:
    """Remove the files that no attachment needs, once they are older than ``age``; how many there were."""
    names, removed = await files.list_older(age), 0
    for start in range(0, len(names), AT_ONCE):
        batch = names[start : start + AT_ONCE]
        kept = await queries.list_kept(database, batch)
        for name in batch:
            if name not in kept:
                await files.remove(name)
                removed += 1
    return removed


def _files(shelf: Shelf) -> Files:
    if shelf.files is None:
        raise AttachmentsOff
    return shelf.files


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise AttachmentsUnavailable from error


async def _joined(beginning: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield beginning
    async for part in rest:
        yield part


async def _announce(tx: Transaction, kind: str, attachment: Attachment) -> None:
    await announce(
        tx,
        Change(
            type=kind,
            resource_id=attachment.id,
            version=attachment.version,
            data=attachment,
            changes={},
            workspace_id=attachment.workspace_id,
            project_id=attachment.project_id,
        ),
    )
