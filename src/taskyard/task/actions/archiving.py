"""Putting tasks aside that nobody works on any more, and taking them up again."""

from taskyard.contracts.access import Permission
from taskyard.contracts.task import TASK_ARCHIVED, TASK_UNARCHIVED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.principal import Principal
from taskyard.task.errors import TaskNotFound
from taskyard.task.models.tasks import Task
from taskyard.task.permissions import require_task
from taskyard.task.queries import tasks as queries


async def set_archived(
    tx: Transaction, caller: Principal, task_id: str, *, archived: bool, expected: int | None = None
) -> Task:
    """Put a task aside as it is, its parts apart, or take it up again. One that is so already is answered as it is.

    Raises TaskNotFound, PermissionDenied, ProjectArchived or PreconditionFailed.
    """
    found = require_task(await queries.lock_task(tx, caller, task_id), Permission.TASK_EDIT)
    if found.is_deleted:
        raise TaskNotFound
    require_version(expected, found.task.version)
    if archived is (found.task.archived_at is not None):
        return found.task
    after = await queries.mark_archived(tx, found.task, clock.now(), archived=archived)
    change = Change(
        type=TASK_ARCHIVED if archived else TASK_UNARCHIVED,
        resource_id=after.id,
        version=after.version,
        data=after,
        changes=changed_fields(found.task, after),
        workspace_id=after.workspace_id,
        project_id=after.project_id,
    )
    await announce(tx, change)
    return after
