"""The event door of the notification service: which changes people are told of."""

import msgspec

from taskyard.contracts.task import TASK_CREATED, TASK_TRANSITIONED, TASK_UPDATED
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.notification import actions


class _Assigned(msgspec.Struct, frozen=True):
    """The part of a task's event that says who is to do it."""

    assignee_ids: list[str]


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs."""
    kinds = frozenset({TASK_CREATED, TASK_UPDATED, TASK_TRANSITIONED})
    return [Consumer(name="notify_assignees", handle=notify_assignees, types=kinds)]


async def notify_assignees(tx: Transaction, event: Event) -> None:
    """Tell the people whom a change of a task made responsible for it."""
    await actions.tell_assignees(tx, event, new_assignees(event))


def new_assignees(event: Event) -> list[str]:
    """Those who are responsible after a change and were not before it, each once."""
    before: list[str] = []
    if event.type == TASK_CREATED:
        after = msgspec.json.decode(event.data, type=_Assigned).assignee_ids
    elif "assignee_ids" in event.changes:
        change = event.changes["assignee_ids"]
        before, after = change.before or [], change.after or []
    else:
        return []
    return [person_id for person_id in dict.fromkeys(after) if person_id not in before]
