"""The event door of the notification service: which changes people are told of."""

import msgspec

from taskyard.contracts.grants import GRANT_CREATED
from taskyard.contracts.notification import Reason
from taskyard.contracts.project import MEMBER_ADDED, MEMBER_REMOVED, MEMBER_UPDATED, PROJECT_MEMBER_ADDED
from taskyard.contracts.task import (
    COMMENT_CREATED,
    COMMENT_UPDATED,
    REMINDER_TOLD,
    TASK_CREATED,
    TASK_TRANSITIONED,
    TASK_UPDATED,
)
from taskyard.kit import clock
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.notification.actions.telling import tell
from taskyard.notification.actions.webhooks import pause_orphans
from taskyard.notification.models.notifications import Subject
from taskyard.notification.queries.fan_out import insert_deliveries


class _Assigned(msgspec.Struct, frozen=True):
    """The part of a task's event that says who is to do it."""

    assignee_ids: list[str]


class _Comment(msgspec.Struct, frozen=True):
    """The part of a comment's event that says what it is about and whom it mentions."""

    task_id: str
    mentioned_ids: list[str]


class _Reminder(msgspec.Struct, frozen=True):
    """The part of a reminder's event that says who is reminded, and of what."""

    task_id: str
    person_id: str


class _Grant(msgspec.Struct, frozen=True):
    """The part of a grant's event that says which task was given, and to whom."""

    task_id: str
    user_id: str


class _Member(msgspec.Struct, frozen=True):
    """The part of a membership's event that says whose it is; a team's is nobody's."""

    user_id: str | None


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs; their names keep their places in the log."""
    of_tasks = frozenset({TASK_CREATED, TASK_UPDATED, TASK_TRANSITIONED})
    of_comments = frozenset({COMMENT_CREATED, COMMENT_UPDATED})
    of_the_rest = of_comments | {MEMBER_ADDED, PROJECT_MEMBER_ADDED, GRANT_CREATED, REMINDER_TOLD}
    return [
        Consumer(name="notify_assignees", handle=notify_of_task, types=of_tasks),
        Consumer(name="notify_of_comments", handle=notify_of_the_rest, types=of_the_rest),
        Consumer(name="fan_out_to_webhooks", handle_span=fan_out, starts_at="head", gather=0.1),
        Consumer(
            name="pause_orphaned_webhooks",
            handle=pause_webhooks_of,
            types=frozenset({MEMBER_REMOVED, MEMBER_UPDATED}),
            starts_at="head",
            gather=1.0,
        ),
    ]


async def notify_of_task(tx: Transaction, event: Event) -> None:
    """Tell the people whom a change of a task made responsible for it, and of a new status whoever watches.

    What comes from elsewhere is no news to anybody.
    """
    subject = _subject(event, event.resource_id)
    if subject is not None and event.origin != "import":
        watchers: Reason | None = "status_changed" if event.type == TASK_TRANSITIONED else None
        await tell(tx, event, subject, dict.fromkeys(new_assignees(event), "assigned"), watchers=watchers)


async def notify_of_the_rest(tx: Transaction, event: Event) -> None:
    """Tell of comments, of memberships and grants, and what somebody wanted to be reminded of."""
    if event.type in {MEMBER_ADDED, PROJECT_MEMBER_ADDED}:
        await _notify_of_membership(tx, event)
    elif event.type == GRANT_CREATED:
        await _notify_of_grant(tx, event)
    elif event.type == REMINDER_TOLD:
        await _notify_of_reminder(tx, event)
    elif event.origin != "import":
        await _notify_of_comment(tx, event)


async def _notify_of_comment(tx: Transaction, event: Event) -> None:
    """Tell those a comment mentions, since it was edited if it was; of a new one also whoever watches the task."""
    comment = msgspec.json.decode(event.data, type=_Comment)
    subject = _subject(event, comment.task_id, comment_id=event.resource_id)
    if subject is not None:
        is_new = event.type == COMMENT_CREATED
        mentioned = comment.mentioned_ids if is_new else _added(event, "mentioned_ids")
        await tell(tx, event, subject, dict.fromkeys(mentioned, "mentioned"), watchers="commented" if is_new else None)


async def _notify_of_membership(tx: Transaction, event: Event) -> None:
    """Tell somebody that they were taken into a workspace or a project."""
    person_id = msgspec.json.decode(event.data, type=_Member).user_id
    subject = _subject(event, None)
    if subject is not None and person_id is not None:
        await tell(tx, event, subject, {person_id: "invited"})


async def _notify_of_grant(tx: Transaction, event: Event) -> None:
    """Tell somebody that a task was given to them."""
    grant = msgspec.json.decode(event.data, type=_Grant)
    subject = _subject(event, grant.task_id)
    if subject is not None:
        await tell(tx, event, subject, {grant.user_id: "shared"})


async def fan_out(tx: Transaction, after: int, until: int) -> None:
    """Write down for webhooks what of a span of changes is sent to them."""
    await insert_deliveries(tx, after, until, clock.now())


async def pause_webhooks_of(tx: Transaction, event: Event) -> None:
    """Pause the webhooks with the sight of somebody whose place in a workspace is gone or another."""
    person_id = msgspec.json.decode(event.data, type=_Member).user_id
    if event.workspace_id is not None and person_id is not None:
        await pause_orphans(tx, event.workspace_id, person_id)


async def _notify_of_reminder(tx: Transaction, event: Event) -> None:
    """Tell somebody that the time has come which they named."""
    reminder = msgspec.json.decode(event.data, type=_Reminder)
    subject = _subject(event, reminder.task_id)
    if subject is not None:
        await tell(tx, event, subject, {reminder.person_id: "reminder"})


def new_assignees(event: Event) -> list[str]:
    """Those who are responsible after a change and were not before it, each once."""
    if event.type == TASK_CREATED:
        return list(dict.fromkeys(msgspec.json.decode(event.data, type=_Assigned).assignee_ids))
    return _added(event, "assignee_ids")


def _subject(event: Event, task_id: str | None, *, comment_id: str | None = None) -> Subject | None:
    """What an event is about; None where it has no workspace, so that nobody can see it."""
    if event.workspace_id is None:
        return None
    return Subject(event.workspace_id, event.project_id, task_id, comment_id, event.actor_id)


def _added(event: Event, field: str) -> list[str]:
    """The people whom a change added to a list of people, each once."""
    if field not in event.changes:
        return []
    change = event.changes[field]
    before, after = change.before or [], change.after or []
    return [person_id for person_id in dict.fromkeys(after) if person_id not in before]
