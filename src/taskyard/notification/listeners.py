"""The event door of the notification service: which changes people are told of."""

import msgspec

from taskyard.contracts.task import COMMENT_CREATED, COMMENT_UPDATED, TASK_CREATED, TASK_TRANSITIONED, TASK_UPDATED
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.notification.actions import telling


class _Assigned(msgspec.Struct, frozen=True):
    """The part of a task's event that says who is to do it."""

    assignee_ids: list[str]


class _Comment(msgspec.Struct, frozen=True):
    """The part of a comment's event that says what it is about and whom it mentions."""

    task_id: str
    mentioned_ids: list[str]


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs."""
    of_tasks = frozenset({TASK_CREATED, TASK_UPDATED, TASK_TRANSITIONED})
    of_comments = frozenset({COMMENT_CREATED, COMMENT_UPDATED})
    return [
        Consumer(name="notify_assignees", handle=notify_assignees, types=of_tasks),
        Consumer(name="notify_of_comments", handle=notify_of_comments, types=of_comments),
    ]


async def notify_assignees(tx: Transaction, event: Event) -> None:
    """Tell the people whom a change of a task made responsible for it."""
    await telling.tell_assignees(tx, event, new_assignees(event))


async def notify_of_comments(tx: Transaction, event: Event) -> None:
    """Tell people of a new comment, and of one that mentions them since it was edited."""
    comment = msgspec.json.decode(event.data, type=_Comment)
    mentioned = comment.mentioned_ids if event.type == COMMENT_CREATED else _added(event, "mentioned_ids")
    await telling.tell_of_comment(tx, event, comment.task_id, mentioned)


def new_assignees(event: Event) -> list[str]:
    """Those who are responsible after a change and were not before it, each once."""
    if event.type == TASK_CREATED:
        return list(dict.fromkeys(msgspec.json.decode(event.data, type=_Assigned).assignee_ids))
    return _added(event, "assignee_ids")


def _added(event: Event, field: str) -> list[str]:
    """The people whom a change added to a list of people, each once."""
    if field not in event.changes:
        return []
    change = event.changes[field]
    before, after = change.before or [], change.after or []
    return [person_id for person_id in dict.fromkeys(after) if person_id not in before]
