"""Views that are shared and tasks that are made again and again, as they come from elsewhere."""

from typing import TypeVar

import msgspec

from taskyard.contracts.task import RECURRENCE_CREATED, VIEW_CREATED
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_line
from taskyard.task.actions.fields import in_utc
from taskyard.task.actions.filtering import read_filter
from taskyard.task.actions.recurrences import checked_zone, cleaned_task, written_rule
from taskyard.task.actions.recurring_days import announce_recurrence, from_now_on, plan
from taskyard.task.models.arrivals import ArrivingRecurrence, ArrivingView
from taskyard.task.models.recurrences import MOST_RECURRENCES, Recurrence
from taskyard.task.models.views import MOST_VIEWS, View
from taskyard.task.queries import arriving_lists as queries
from taskyard.task.queries.recurrences import count_recurrences
from taskyard.task.queries.views import count_views

T = TypeVar("T", bound=msgspec.Struct)
Names = tuple[str, str, str]
"""The workspace, its project, and the id that something has here."""


def arriving_view(names: Names, data: dict[str, object]) -> View:
    """The view that is told of. Raises InvalidInput."""
    told = _told(data, ArrivingView)
    read_filter(told.filter, told.sort, names[1])
    return View(
        id=names[2],
        workspace_id=names[0],
        project_id=names[1],
        name=clean_line("/name", told.name),
        filter=told.filter,
        sort=told.sort,
        layout=told.layout,
        columns=told.columns,
        is_shared=True,
        created_by=told.created_by,
        created_at=in_utc("/created_at", told.created_at) or told.created_at,
        updated_at=in_utc("/updated_at", told.updated_at) or told.updated_at,
        version=1,
    )


def arriving_recurrence(names: Names, data: dict[str, object], maker_id: str) -> Recurrence:
    """The recurrence that is told of: it works with the rights of who imports it. Raises InvalidInput."""
    told = _told(data, ArrivingRecurrence)
    recurrence = Recurrence(
        id=names[2],
        workspace_id=names[0],
        project_id=names[1],
        rule=written_rule(told.rule),
        starts_on=told.starts_on,
        at=told.at,
        time_zone=checked_zone(told.time_zone),
        task=cleaned_task(told.task),
        state=told.state,
        problem=told.problem,
        next_on=None,
        last_on=told.last_on,
        last_task_id=told.last_task_id,
        created_by=maker_id,
        created_at=in_utc("/created_at", told.created_at) or told.created_at,
        updated_at=in_utc("/updated_at", told.updated_at) or told.updated_at,
        version=1,
    )
    return from_now_on(recurrence, keep_paused=False) if told.state == "active" else recurrence


async def insert_view(tx: Transaction, caller: Principal, view: View) -> bool:
    """Store and announce a view; False where it cannot be there."""
    if await count_views(tx, view.created_by) >= MOST_VIEWS or not await queries.insert_view(tx, caller, view):
        return False
    change = Change(
        type=VIEW_CREATED,
        resource_id=view.id,
        version=1,
        data=view,
        workspace_id=view.workspace_id,
        project_id=view.project_id,
    )
    await announce(tx, change)
    return True


async def insert_recurrence(tx: Transaction, caller: Principal, one: Recurrence) -> bool:
    """Store, plan and announce a recurrence; False where it cannot be there."""
    if await count_recurrences(tx, one.workspace_id, one.project_id) >= MOST_RECURRENCES:
        return False
    if not await queries.insert_recurrence(tx, caller, one):
        return False
    await plan(tx, one)
    await announce_recurrence(tx, RECURRENCE_CREATED, one, None)
    return True


def _told(data: dict[str, object], kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise invalid("/data", str(error)) from None
