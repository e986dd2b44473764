"""The days of recurrences: which is the next, and the task that is made on it, once."""

from datetime import date, timedelta
from itertools import islice

import msgspec

from taskyard.contracts.task import RECURRENCE_UPDATED, RecurringTask
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Database, Transaction
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal, acting_for
from taskyard.task.actions import schedules
from taskyard.task.actions.create import Draft, create_task, prepare_task, with_insiders
from taskyard.task.models.recurrences import RECUR, Day, Recurrence, Recurring
from taskyard.task.models.tasks import NewTask
from taskyard.task.queries import recurrences as queries


class Overtaken(Exception):  # noqa: N818 - no error: what has to be looked at again
    """The recurrence changed since it was seen."""


def list_days(recurrence: Recurrence, count: int) -> list[Day]:
    """The next days of a recurrence."""
    if recurrence.next_on is None:
        return []
    zone, first = clock.zone_named(recurrence.time_zone), recurrence.next_on
    days = schedules.days_of(schedules.read_rule(recurrence.rule), recurrence.starts_on)
    ahead = islice((day for day in days if day >= first), count)
    return [Day(day, schedules.instant_on(day, recurrence.at, zone).isoformat()) for day in ahead]


async def draft_of(database: Database, caller: Principal, project_id: str, task: RecurringTask, on: date) -> Draft:
    """The task of a day with its place, before the transaction; assignees who lost sight of the project stay out."""
    new = NewTask(
        project_id=project_id,
        title=task.title,
        description=task.description,
        status=task.status,
        priority=task.priority,
        assignee_ids=task.assignee_ids,
        label_ids=task.label_ids,
        estimate=task.estimate,
        custom=dict(task.custom),
        due_on=None if task.due_in_days is None else on + timedelta(days=task.due_in_days),
    )
    return await prepare_task(database, caller, new)


async def make_task(tx: Transaction, due: Recurring, seen: Recurrence, draft: Draft) -> None:
    """Make the task of a day, and plan the next one. Raises Overtaken, or what create_task raises."""
    found = await queries.lock_to_run(tx, due.workspace_id, due.recurrence_id)
    if found is None or found.version != seen.version:
        raise Overtaken
    task = await create_task(tx, acting_for(found.created_by), draft)
    after = due.on
    next_on = schedules.next_day(schedules.read_rule(found.rule), found.starts_on, lambda day: day > after)
    made = msgspec.structs.replace(
        found, last_on=after, last_task_id=task.id, next_on=next_on, state="ended" if next_on is None else "active"
    )
    await queries.insert_occurrence(tx, made)
    await store(tx, found, made)


async def stop_for(tx: Transaction, due: Recurring, seen: Recurrence, problem: str) -> None:
    """Pause a recurrence whose task was refused, and say why, unless it changed meanwhile."""
    found = await queries.lock_to_run(tx, due.workspace_id, due.recurrence_id)
    if found is not None and found.version == seen.version:
        await store(tx, found, msgspec.structs.replace(found, state="paused", next_on=None, problem=problem))


async def prepare_day(database: Database, due: Recurring) -> tuple[Recurrence, Draft] | None:
    """The recurrence and its task, when the day of the job is its next one."""
    seen = await queries.find_to_run(database, due.workspace_id, due.recurrence_id)
    if seen is None or seen.next_on != due.on:
        return None
    draft = await draft_of(database, acting_for(seen.created_by), seen.project_id, seen.task, due.on)
    return seen, with_insiders(draft)


def from_now_on(one: Recurrence, *, keep_paused: bool) -> Recurrence:
    """The recurrence with the first day that it has not had and that lies ahead, or that its job is late for."""
    now, zone, late = clock.now(), clock.zone_named(one.time_zone), one.next_on

    def is_ahead(day: date) -> bool:
        is_new = one.last_on is None or day > one.last_on
        return is_new and ((late is not None and day >= late) or schedules.instant_on(day, one.at, zone) > now)

    next_on = schedules.next_day(schedules.read_rule(one.rule), one.starts_on, is_ahead)
    if next_on is None:
        return msgspec.structs.replace(one, state="ended", next_on=None, problem=None)
    if keep_paused:
        return one
    return msgspec.structs.replace(one, state="active", next_on=next_on, problem=None)


async def store(tx: Transaction, before: Recurrence, wanted: Recurrence) -> Recurrence:
    """The next version of a locked recurrence, announced and planned; as it was where nothing changes."""
    if not changed_fields(before, wanted):
        return before
    after = msgspec.structs.replace(wanted, updated_at=clock.now(), version=before.version + 1)
    await queries.update_recurrence(tx, after)
    await plan(tx, after)
    await announce_recurrence(tx, RECURRENCE_UPDATED, after, before)
    return after


async def plan(tx: Transaction, one: Recurrence) -> None:
    """The job for the next day; an earlier one for another day, or the same, finds that it is not wanted."""
    if one.next_on is not None:
        due_at = schedules.instant_on(one.next_on, one.at, clock.zone_named(one.time_zone))
        await enqueue(tx, RECUR, Recurring(one.workspace_id, one.id, one.next_on), due_at=due_at)


async def announce_recurrence(tx: Transaction, kind: str, one: Recurrence, before: Recurrence | None) -> None:
    """Say what became of a recurrence, to whoever sees its project."""
    change = Change(
        type=kind,
        resource_id=one.id,
        version=one.version,
        data=one,
        changes={} if before is None else changed_fields(before, one),
        workspace_id=one.workspace_id,
        project_id=one.project_id,
    )
    await announce(tx, change)
