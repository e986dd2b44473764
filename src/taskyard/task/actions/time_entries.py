"""Time that people spend on tasks: told afterwards, or measured by a timer of which everybody has one."""

from datetime import UTC, datetime

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.task import TIME_ENTRY_CREATED, TIME_ENTRY_DELETED, TIME_ENTRY_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import HIGHEST_ID, is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_text
from taskyard.task.actions.fields import in_utc
from taskyard.task.errors import NoTimerRunning, TimeEntryNotFound, TimerRunning
from taskyard.task.models.anchors import Anchor
from taskyard.task.models.time_entries import (
    MOST_SECONDS,
    NewTimeEntry,
    TimeEntry,
    TimeEntryPatch,
    TimerStart,
    TimeTotals,
)
from taskyard.task.permissions import require_anchor, require_may_change_entry
from taskyard.task.queries import time_entries as queries
from taskyard.task.queries.anchors import find_anchor

_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


async def list_entries(
    database: Database, cursors: CursorSigner, caller: Principal, task_id: str, page: tuple[int, str | None]
) -> Page[TimeEntry]:
    """A page of a task's entries, latest first; ``page`` is its length and the cursor it follows.

    Empty also for a task that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    listing, after = f"time entries of {task_id}", (_END_OF_TIME, HIGHEST_ID)
    if cursor is not None:
        after = msgspec.convert(cursors.open(listing, cursor), tuple[datetime, str])
    rows = await queries.list_entries(database, caller, task_id, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.started_at, last.id])


async def get_totals(database: Database, caller: Principal, task_id: str) -> TimeTotals:
    """How long a task took, and whom; nothing also for a task that is not visible."""
    people = await queries.list_totals(database, caller, task_id)
    return TimeTotals(task_id, sum(person.seconds for person in people), people)


async def get_visible_entry(database: Database, caller: Principal, task_id: str, entry_id: str) -> TimeEntry:
    """One entry. Raises TimeEntryNotFound."""
    entry = await queries.find_entry(database, caller, task_id, entry_id) if is_id(entry_id) else None
    if entry is None:
        raise TimeEntryNotFound
    return entry


async def get_running(database: Database, caller: Principal) -> TimeEntry:
    """The caller's timer that runs. Raises TimeEntryNotFound."""
    entry = await queries.find_running(database, caller)
    if entry is None:
        raise TimeEntryNotFound("None of your timers runs.")
    return entry


async def create_entry(tx: Transaction, caller: Principal, task_id: str, new: NewTimeEntry) -> TimeEntry:
    """Tell of time that was spent. Raises TaskNotFound, PermissionDenied, ProjectArchived or InvalidInput."""
    anchor = require_anchor(await find_anchor(tx, caller, task_id), Permission.TASK_EDIT)
    entry = _entry(anchor, caller, in_utc("/started_at", new.started_at) or new.started_at, new.seconds, new.note)
    _require_past(entry)
    await queries.insert_entry(tx, entry)
    await _announce(tx, TIME_ENTRY_CREATED, entry, {})
    return entry


async def start_timer(tx: Transaction, caller: Principal, start: TimerStart) -> TimeEntry:
    """Begin to measure. Raises TaskNotFound, PermissionDenied, ProjectArchived, TimerRunning or InvalidInput."""
    anchor = require_anchor(await find_anchor(tx, caller, start.task_id), Permission.TASK_EDIT)
    entry = _entry(anchor, caller, clock.now(), None, start.note)
    if not await queries.insert_entry(tx, entry):
        raise TimerRunning
    await _announce(tx, TIME_ENTRY_CREATED, entry, {})
    return entry


async def stop_timer(tx: Transaction, caller: Principal) -> TimeEntry:
    """End the measuring, whatever became of the task. Raises NoTimerRunning."""
    found = await queries.lock_running(tx, caller)
    if found is None:
        raise NoTimerRunning
    now = clock.now()
    seconds = min(max(round((now - found.started_at).total_seconds()), 0), MOST_SECONDS)
    entry = msgspec.structs.replace(found, seconds=seconds, updated_at=now, version=found.version + 1)
    await queries.update_entry(tx, entry)
    await _announce(tx, TIME_ENTRY_UPDATED, entry, changed_fields(found, entry))
    return entry


async def update_entry(
    tx: Transaction, caller: Principal, named: tuple[str, str], patch: TimeEntryPatch, *, expected: int | None = None
) -> TimeEntry:
    """Correct an entry; ``named`` is its task's id and its own.

    Raises TimeEntryNotFound, PermissionDenied, ProjectArchived, PreconditionFailed, TimerRunning or InvalidInput.
    """
    found = await _lock(tx, caller, named)
    require_version(expected, found.version)
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    fields = {name: value for name, value in given.items() if value is not UNSET}
    if "seconds" in fields and found.seconds is None:
        raise TimerRunning("Stop the timer first.")
    if patch.note is not UNSET:
        fields["note"] = clean_text("/note", patch.note)
    if patch.started_at is not UNSET:
        fields["started_at"] = in_utc("/started_at", patch.started_at)
    entry = msgspec.structs.replace(found, **fields, updated_at=clock.now(), version=found.version + 1)
    changes = changed_fields(found, entry)
    if not changes:
        return found
    _require_past(entry)
    await queries.update_entry(tx, entry)
    await _announce(tx, TIME_ENTRY_UPDATED, entry, changes)
    return entry


async def delete_entry(
    tx: Transaction, caller: Principal, named: tuple[str, str], *, expected: int | None = None
) -> None:
    """Take an entry out. Raises TimeEntryNotFound, PermissionDenied, ProjectArchived or PreconditionFailed."""
    found = await _lock(tx, caller, named)
    require_version(expected, found.version)
    entry = msgspec.structs.replace(found, updated_at=clock.now(), version=found.version + 1)
    await queries.mark_deleted(tx, entry)
    await _announce(tx, TIME_ENTRY_DELETED, entry, {})


async def _lock(tx: Transaction, caller: Principal, named: tuple[str, str]) -> TimeEntry:
    found = await queries.lock_entry(tx, caller, *named) if is_id(named[1]) else None
    return require_may_change_entry(found, caller.id)


def _entry(anchor: Anchor, caller: Principal, started_at: datetime, seconds: int | None, note: str) -> TimeEntry:
    now = clock.now()
    return TimeEntry(
        id=new_id(),
        workspace_id=anchor.workspace_id,
        project_id=anchor.project_id,
        task_id=anchor.task_id,
        person_id=caller.id,
        started_at=started_at,
        seconds=seconds,
        note=clean_text("/note", note),
        created_at=now,
        updated_at=now,
        version=1,
    )


def _require_past(entry: TimeEntry) -> None:
    """Nobody has worked in the future yet."""
    if entry.started_at > clock.now():
        raise invalid("/started_at", "This is in the future.")


async def _announce(tx: Transaction, kind: str, entry: TimeEntry, changes: dict[str, FieldChange]) -> None:
    await announce(
        tx,
        Change(
            type=kind,
            resource_id=entry.id,
            version=entry.version,
            data=entry,
            changes=changes,
            workspace_id=entry.workspace_id,
            project_id=entry.project_id,
        ),
    )
