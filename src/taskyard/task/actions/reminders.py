"""Being reminded of a task: asked for, taken back, and told once when its time has come."""

import msgspec

from taskyard.contracts.access import Permission
from taskyard.contracts.task import REMINDER_CREATED, REMINDER_DELETED, REMINDER_TOLD
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.errors import ReminderExists, ReminderNotFound, TooManyReminders
from taskyard.task.models.reminders import FARTHEST, MOST_REMINDERS, REMIND, NewReminder, Reminder, Reminding
from taskyard.task.permissions import require_anchor
from taskyard.task.queries import reminders as queries
from taskyard.task.queries.anchors import lock_anchor


async def create_reminder(tx: Transaction, caller: Principal, task_id: str, new: NewReminder) -> Reminder:
    """Be reminded at an instant, by a job of this transaction.

    Raises TaskNotFound, ProjectArchived, InvalidInput, ReminderExists or TooManyReminders.
    """
    anchor = require_anchor(await lock_anchor(tx, caller, task_id), Permission.PROJECT_VIEW)
    now = clock.now()
    if not now < new.remind_at <= now + FARTHEST:
        raise invalid("/remind_at", "It must lie ahead, by five years at most.")
    to_come = await queries.list_reminders(tx, caller, task_id)
    if any(reminder.remind_at == new.remind_at for reminder in to_come):
        raise ReminderExists
    if len(to_come) >= MOST_REMINDERS:
        raise TooManyReminders(f"At most {MOST_REMINDERS} of one task lie ahead.")
    reminder = Reminder(
        id=new_id(),
        workspace_id=anchor.workspace_id,
        project_id=anchor.project_id,
        task_id=anchor.task_id,
        person_id=caller.id,
        remind_at=new.remind_at,
        created_at=now,
        told_at=None,
        version=1,
    )
    await queries.insert_reminder(tx, reminder)
    await enqueue(tx, REMIND, Reminding(reminder.workspace_id, reminder.id), due_at=reminder.remind_at)
    await _announce(tx, REMINDER_CREATED, reminder)
    return reminder


async def delete_reminder(
    tx: Transaction, caller: Principal, named: tuple[str, str], *, expected: int | None = None
) -> None:
    """Do not be reminded; ``named`` is the task's id and the reminder's. Its job will find nothing.

    Raises ReminderNotFound or PreconditionFailed.
    """
    found = await queries.lock_reminder(tx, caller, *named) if is_id(named[1]) else None
    if found is None:
        raise ReminderNotFound
    require_version(expected, found.version)
    await queries.delete_reminder(tx, found)
    await _announce(tx, REMINDER_DELETED, msgspec.structs.replace(found, version=found.version + 1))


async def remind(tx: Transaction, due: Reminding) -> None:
    """Tell a reminder whose time has come, unless it was taken back or its task is in the trash."""
    found = await queries.lock_reminder_to_tell(tx, due.workspace_id, due.reminder_id)
    if found is not None:
        told = msgspec.structs.replace(found, told_at=clock.now(), version=found.version + 1)
        await queries.mark_told(tx, told, told.told_at)
        await _announce(tx, REMINDER_TOLD, told)


async def _announce(tx: Transaction, kind: str, reminder: Reminder) -> None:
    """Say so to the person whose it is and nobody else."""
    change = Change(
        type=kind,
        resource_id=reminder.id,
        version=reminder.version,
        data=reminder,
        workspace_id=reminder.workspace_id,
        project_id=reminder.project_id,
        audience_id=reminder.person_id,
    )
    await announce(tx, change)
