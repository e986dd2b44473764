"""Telling people of dates that come: a task is due soon, or overdue."""

from collections.abc import Callable
from datetime import timedelta

from taskyard.contracts.notification import Reason
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database
from taskyard.kit.ids import LOWEST_ID
from taskyard.notification.actions.telling import Occasion, tell_all, told_of
from taskyard.notification.actions.timing import is_due_soon, is_overdue, zone_of
from taskyard.notification.models.notifications import Subject
from taskyard.notification.queries.due import DueTask, Window, list_due_tasks
from taskyard.notification.queries.listeners import Told

AT_ONCE = 500
LOOK_BACK = timedelta(days=7)
"""For how long after its date a task that nobody was told of, say in an outage, is still news."""
_DAY = timedelta(days=1)


async def tell_of_due_tasks(database: Database, request_id: str) -> None:
    """Tell whoever is concerned of what is due soon or overdue, each of each date once however often this runs."""
    now = clock.now()
    today = now.date()
    # Somewhere it is still yesterday, and elsewhere tomorrow already.
    soon = (today - _DAY, today + 2 * _DAY, now, now + _DAY)
    await _tell_of(database, request_id, ("due_soon", soon, is_due_soon))
    over = (today - LOOK_BACK, today, now - LOOK_BACK, now)
    await _tell_of(database, request_id, ("overdue", over, is_overdue))


async def _tell_of(database: Database, request_id: str, kind: tuple[Reason, Window, Callable[..., bool]]) -> None:
    (reason, window, is_time), now, after = kind, clock.now(), (LOWEST_ID, LOWEST_ID)
    while True:
        due = await list_due_tasks(database, reason, window, after, AT_ONCE)
        ripe = [
            task
            for task in due
            if is_time(task.due_on, task.due_at, task.listener.chosen, now.astimezone(zone_of(task.listener.time_zone)))
        ]
        if ripe:
            async with database.transaction(Cause(origin="automation", request_id=request_id)) as tx:
                await tell_all(tx, [_told(task, reason) for task in ripe])
        if len(due) < AT_ONCE:
            return
        after = (due[-1].task_id, due[-1].listener.person_id)


def _told(task: DueTask, reason: Reason) -> Told | None:
    subject = Subject(task.workspace_id, task.project_id, task.task_id)
    return told_of(subject, task.listener, reason, Occasion(due=task.due))
