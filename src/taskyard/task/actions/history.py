"""What happened to a task, what it was at some instant, and what a comment said before."""

from datetime import datetime

import msgspec

from taskyard.contracts.task import TASK_DELETED
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.actions.fields import in_utc
from taskyard.task.errors import TaskNotFound
from taskyard.task.models.history import Activity, CommentVersion
from taskyard.task.models.tasks import LACKED_BY_OLD_EVENTS, Task
from taskyard.task.queries import history as queries

_NEWEST_CHANGE, _NEWEST_VERSION = 2**63 - 1, 2**31 - 1


async def list_activity(
    database: Database, cursors: CursorSigner, caller: Principal, task_id: str, page: tuple[int, str | None]
) -> Page[Activity]:
    """A page of what happened to a task, latest first; ``page`` is its length and the cursor it follows.

    Empty for a task that is not visible.
    """
    limit, cursor = page
    listing = f"activity of {task_id}"
    before = _NEWEST_CHANGE if cursor is None else int(cursors.open(listing, cursor)[0])
    rows = await queries.list_activity(database, caller, task_id, before, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [int(last.id)])


async def list_versions(
    database: Database, cursors: CursorSigner, caller: Principal, comment_id: str, page: tuple[int, str | None]
) -> Page[CommentVersion]:
    """A page of what a comment says and said, latest first; empty for one that is not visible."""
    limit, cursor = page
    listing = f"versions of {comment_id}"
    before = _NEWEST_VERSION if cursor is None else int(cursors.open(listing, cursor)[0])
    rows = await queries.list_versions(database, caller, comment_id, before, limit + 1) if is_id(comment_id) else []
    return cursors.page(listing, rows, limit, lambda last: [last.version])


async def get_task_as_of(database: Database, caller: Principal, task_id: str, at: datetime) -> Task:
    """A task as it was at an instant, by its last event until then.

    Raises InvalidInput, or TaskNotFound also where it was not made yet or in the trash then.
    """
    if at.tzinfo is None:
        raise invalid("/as_of", "This instant needs a time zone.")
    found = await queries.find_as_of(database, caller, task_id, in_utc("/as_of", at) or at)
    if found is None or found[0] == TASK_DELETED:
        raise TaskNotFound
    fields = msgspec.json.decode(found[1], type=dict[str, object])
    return msgspec.convert({**LACKED_BY_OLD_EVENTS, **fields}, Task)
