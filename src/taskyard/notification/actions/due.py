"""Telling people of dates that come: a task is due soon, or overdue."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from taskyard.contracts.notification import Reason
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database
from taskyard.kit.ids import LOWEST_ID
from taskyard.kit.locks import Lock, require_held
from taskyard.notification.actions.telling import Occasion, tell_all, told_of
from taskyard.notification.actions.timing import is_due_soon, is_overdue, zone_of
from taskyard.notification.models.notifications import Subject
from taskyard.notification.queries.due import DueTask, Window, list_due_tasks
from taskyard.notification.queries.listeners import Told

AT_ONCE = 500
LOOK_BACK = timedelta(days=7)
"""For how long after its date a task that nobody was told of, say in an outage, is still news."""
_DAY = timedelta(days=1)


class Look(NamedTuple):
    """One look at the dates: where, as which request, and under which lock."""

    database: Database
    request_id: str
    lock: Lock | None


async def tell_of_due_tasks(database: Database, request_id: str, lock: Lock | None = None) -> None:
    """Tell whoever is concerned of what is due soon or overdue, each of each date once however often this runs.

    Raises LockLost when the lock it works under, if any, went to somebody else.
    """
    now = clock.now()
    today = now.date()
    # Somewhere it is still yesterday, and elsewhere tomorrow already.
    soon = (today - _DAY, today + 2 * _DAY, now, now + _DAY)
    look = Look(database, request_id, lock)
    await _tell_of(look, ("due_soon", soon, is_due_soon))
    over = (today - LOOK_BACK, today, now - LOOK_BACK, now)
    await _tell_of(look, ("overdue", over, is_overdue))


async def _tell_of(look: Look, kind: tuple[Reason, Window, Callable[..., bool]]) -> None:
    (reason, window, is_time), now, after = kind, clock.now(), (LOWEST_ID, LOWEST_ID)
    while True:
        due = await list_due_tasks(look.database, reason, window, after, AT_ONCE)
        ripe = [
            task
            for task in due
            if is_time(task.due_on, task.due_at, task.listener.chosen, now.astimezone(zone_of(task.listener.time_zone)))
        ]
        if ripe:
            async with look.database.transaction(Cause(origin="automation", request_id=look.request_id)) as tx:
                if look.lock is not None:
                    await require_held(tx, look.lock)
                await tell_all(tx, [_told(task, reason) for task in ripe])
        if len(due) < AT_ONCE:
            return
        after = (due[-1].task_id, due[-1].listener.person_id)


def _told(task: DueTask, reason: Reason) -> Told | None:
    subject = Subject(task.workspace_id, task.project_id, task.task_id)
    return told_of(subject, task.listener, reason, Occasion(due=task.due))
