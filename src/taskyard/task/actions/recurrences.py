"""Tasks that are made again and again: asked for, changed, paused, and made once for each of their days."""

from contextlib import suppress
from datetime import date

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.task import RECURRENCE_CREATED, RECURRENCE_DELETED, RecurringTask
from taskyard.kit import clock
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions import schedules
from taskyard.task.actions.create import Draft, create_task
from taskyard.task.actions.recurring_days import announce_recurrence, draft_of, from_now_on, plan, store
from taskyard.task.errors import ProjectNotFound, RecurrenceNotFound, RecurrenceOver, TooManyRecurrences
from taskyard.task.models.recurrences import (
    FARTHEST_START,
    MOST_RECURRENCES,
    NewRecurrence,
    Recurrence,
    RecurrencePatch,
    Turn,
)
from taskyard.task.permissions import require_may_change_recurrence, require_site
from taskyard.task.queries import recurrences as queries
from taskyard.task.queries.anchors import find_site
from taskyard.task.queries.tasks import sees_project


class Wish(msgspec.Struct, frozen=True):
    """A change that is wanted; ``draft`` is a task as it would be, where the task is changed."""

    recurrence_id: str
    patch: RecurrencePatch
    expected: int | None
    draft: Draft | None


class _Undone(Exception):  # noqa: N818 - no error: what undoes a task that was made to see whether it can be
    """The task could be made."""


async def list_recurrences(
    database: Database, cursors: CursorSigner, caller: Principal, project_id: str | None, page: tuple[int, str | None]
) -> Page[Recurrence]:
    """A page of those the caller sees; ``page`` is its length and the cursor it follows. Raises ProjectNotFound."""
    limit, cursor = page
    listing = f"recurrences of {project_id}"
    after = cursors.after_id(listing, cursor)
    rows = await queries.list_recurrences(database, caller, project_id, after, limit + 1)
    if not rows and project_id is not None and not await sees_project(database, caller, project_id):
        raise ProjectNotFound
    return cursors.page(listing, rows, limit, lambda last: [last.id])


async def get_visible_recurrence(database: Database, caller: Principal, recurrence_id: str) -> Recurrence:
    """One of them. Raises RecurrenceNotFound."""
    found = await queries.find_recurrence(database, caller, recurrence_id) if is_id(recurrence_id) else None
    if found is None:
        raise RecurrenceNotFound
    return found


async def create_recurrence(
    tx: Transaction, caller: Principal, new: NewRecurrence, zone: str, draft: Draft
) -> Recurrence:
    """Store a recurrence, and the job that makes its first task; ``draft`` is made and undone, to see that it can be.

    Raises ProjectNotFound, PermissionDenied, ProjectArchived, TooManyRecurrences, InvalidInput, or what create_task
    raises.
    """
    site = require_site(await find_site(tx, caller, new.project_id), Permission.TASK_CREATE)
    now = clock.now()
    first = _first_day(new, now.astimezone(clock.zone_named(zone)).date())
    if await queries.count_recurrences(tx, site.workspace_id, new.project_id) >= MOST_RECURRENCES:
        raise TooManyRecurrences(f"A project has at most {MOST_RECURRENCES}.")
    await _try(tx, caller, draft)
    recurrence = Recurrence(
        id=new_id(),
        workspace_id=site.workspace_id,
        project_id=new.project_id,
        rule=written_rule(new.rule),
        starts_on=new.starts_on,
        at=new.at,
        time_zone=zone,
        task=cleaned_task(new.task),
        state="active",
        problem=None,
        next_on=first,
        last_on=None,
        last_task_id=None,
        created_by=caller.id,
        created_at=now,
        updated_at=now,
        version=1,
    )
    await queries.insert_recurrence(tx, recurrence)
    await plan(tx, recurrence)
    await announce_recurrence(tx, RECURRENCE_CREATED, recurrence, None)
    return recurrence


async def prepare_update(
    database: Database, caller: Principal, recurrence_id: str, patch: RecurrencePatch, *, expected: int | None = None
) -> Wish:
    """Look at the task as it would be. Refuses nothing: that is for update_recurrence."""
    draft = None
    if patch.task is not UNSET and is_id(recurrence_id):
        found = await queries.find_recurrence(database, caller, recurrence_id)
        if found is not None:
            draft = await draft_of(database, caller, found.project_id, patch.task, found.next_on or found.starts_on)
    return Wish(recurrence_id, patch, expected, draft)


async def update_recurrence(tx: Transaction, caller: Principal, wish: Wish) -> Recurrence:
    """Change the rule, the time or the task.

    Raises RecurrenceNotFound, PermissionDenied, ProjectArchived, PreconditionFailed, InvalidInput, or what create_task
    raises.
    """
    patch = wish.patch
    found = await _lock(tx, caller, wish.recurrence_id, wish.expected)
    if wish.draft is not None:
        await _try(tx, caller, wish.draft)
    changed = msgspec.structs.replace(
        found,
        rule=found.rule if patch.rule is UNSET else written_rule(patch.rule),
        at=found.at if patch.at is UNSET else patch.at,
        time_zone=found.time_zone if patch.time_zone is UNSET else checked_zone(patch.time_zone),
        task=found.task if patch.task is UNSET else cleaned_task(patch.task),
    )
    if found.state == "active" or patch.rule is not UNSET:
        changed = from_now_on(changed, keep_paused=found.state == "paused")
    return await store(tx, found, changed)


async def turn_recurrence(
    tx: Transaction, caller: Principal, recurrence_id: str, turn: Turn, *, expected: int | None = None
) -> Recurrence:
    """Pause a recurrence, or resume it with its next day; what fell due meanwhile is left out.

    Raises what update_recurrence raises, or RecurrenceOver.
    """
    found = await _lock(tx, caller, recurrence_id, expected)
    if found.state == "ended":
        raise RecurrenceOver
    if (turn == "pause") == (found.state == "paused"):
        return found
    if turn == "pause":
        return await store(tx, found, msgspec.structs.replace(found, state="paused", next_on=None))
    return await store(tx, found, from_now_on(found, keep_paused=False))


async def delete_recurrence(
    tx: Transaction, caller: Principal, recurrence_id: str, *, expected: int | None = None
) -> None:
    """Make no more of these tasks.

    Raises RecurrenceNotFound, PermissionDenied, ProjectArchived or PreconditionFailed.
    """
    found = await _lock(tx, caller, recurrence_id, expected)
    await queries.delete_recurrence(tx, found)
    await announce_recurrence(tx, RECURRENCE_DELETED, msgspec.structs.replace(found, version=found.version + 1), None)


async def require_still_creating(tx: Transaction, caller: Principal, project_id: str) -> None:
    """Refuse a stored answer to a caller who may not make recurrences there any more."""
    require_site(await find_site(tx, caller, project_id), Permission.TASK_CREATE)


async def require_still_changing(tx: Transaction, caller: Principal, recurrence_id: str) -> None:
    """Refuse a stored answer to a caller who may not change it any more."""
    await _lock(tx, caller, recurrence_id, None)


def checked_zone(name: str) -> str:
    """The name of a time zone. Raises InvalidInput."""
    if name not in clock.TIME_ZONES:
        raise invalid("/time_zone", f"{name!r} is not the name of a time zone.")
    return name


async def _lock(tx: Transaction, caller: Principal, recurrence_id: str, expected: int | None) -> Recurrence:
    found = await queries.lock_recurrence(tx, caller, recurrence_id) if is_id(recurrence_id) else None
    recurrence = require_may_change_recurrence(found, caller.id)
    require_version(expected, recurrence.version)
    return recurrence


async def _try(tx: Transaction, caller: Principal, draft: Draft) -> None:
    """Make the task and undo it. Raises what create_task raises."""
    announced = list(tx.announced)
    with suppress(_Undone):
        async with tx.savepoint():
            await _make_and_undo(tx, caller, draft)
    tx.announced[:] = announced


async def _make_and_undo(tx: Transaction, caller: Principal, draft: Draft) -> None:
    await create_task(tx, caller, draft)
    raise _Undone


def _first_day(new: NewRecurrence, today: date) -> date:
    """Raises InvalidInput where it starts too early or too late, or has no day at all."""
    if not today <= new.starts_on <= today + FARTHEST_START:
        raise invalid("/starts_on", "It must not lie in the past, or more than ten years ahead.")
    first = next(schedules.days_of(schedules.read_rule(new.rule), new.starts_on), None)
    if first is None:
        raise invalid("/rule", "It names no day from starts_on on.")
    return first


def cleaned_task(task: RecurringTask) -> RecurringTask:
    """What each task begins with, as it is stored. Raises InvalidInput."""
    plain = {name: getattr(task, name) for name in RecurringTask.__struct_fields__}
    plain["title"] = clean_line("/task/title", task.title)
    plain["description"] = clean_text("/task/description", task.description)
    plain["assignee_ids"] = list(dict.fromkeys(task.assignee_ids))
    plain["label_ids"] = list(dict.fromkeys(task.label_ids))
    return RecurringTask(**plain)


def written_rule(rule: str) -> str:
    """A rule as it is kept. Raises InvalidInput."""
    schedules.read_rule(rule)
    return rule.strip().upper().removeprefix("RRULE:")
