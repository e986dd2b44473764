"""Telling people of changes: whom they concern, each once."""

import msgspec

from taskyard.contracts.notification import Notification, Reason
from taskyard.kit import clock
from taskyard.kit.changelog import Change, Event, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.notification.actions.timing import plan_of
from taskyard.notification.models.notifications import Subject
from taskyard.notification.queries.listeners import Listener, Told, insert_notifications, list_listeners


class Occasion(msgspec.Struct, frozen=True):
    """What is told once: the change at a position of the log, or a date that has come."""

    position: int | None = None
    due: str | None = None


async def tell(
    tx: Transaction, event: Event, subject: Subject, named: dict[str, Reason], *, watchers: Reason | None = None
) -> None:
    """Tell people of a change: who is named, for the reason beside their id, and with a reason whoever else watches.

    Two statements, however many they are; none when it concerns nobody. Nobody is told of their own act.
    """
    if watchers is None and named.keys() <= {subject.actor_id}:
        return
    listeners = await list_listeners(tx, subject, list(named), and_watchers=watchers is not None)
    reasons = [(listener, named.get(listener.person_id, watchers)) for listener in listeners]
    cause = Occasion(event.position)
    await tell_all(tx, [told_of(subject, listener, reason, cause) for listener, reason in reasons if reason])


async def tell_all(tx: Transaction, told: list[Told | None]) -> None:
    """Tell people what they were not told before; None stands for who wants no such thing."""
    wanted = [one for one in told if one is not None]
    if wanted:
        await insert_notifications(tx, wanted)


def told_of(subject: Subject, listener: Listener, reason: Reason, occasion: Occasion) -> Told | None:
    """What somebody is told, the way they want it; None when they do not."""
    now = clock.now()
    plan = plan_of(listener.chosen, reason, listener.time_zone, now)
    if plan is None:
        return None
    notification = Notification(
        id=new_id(),
        reason=reason,
        workspace_id=subject.workspace_id,
        project_id=subject.project_id,
        task_id=subject.task_id,
        comment_id=subject.comment_id,
        actor_id=subject.actor_id,
        created_at=now,
        read_at=plan.archived_at,
        snoozed_until=plan.snoozed_until,
        archived_at=plan.archived_at,
        version=1,
    )
    return Told(listener.person_id, occasion.position, occasion.due, plan.mail_due_at, notification)


def change_of(kind: str, person_id: str, after: Notification, before: Notification | None = None) -> Change:
    """An event about a notification, for the person who was told and nobody else."""
    return Change(
        type=kind,
        resource_id=after.id,
        version=after.version,
        data=after,
        changes={} if before is None else changed_fields(before, after),
        workspace_id=after.workspace_id,
        project_id=after.project_id,
        audience_id=person_id,
    )
