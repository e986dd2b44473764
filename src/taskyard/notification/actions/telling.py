"""Telling people of changes: who is concerned, each once."""

from taskyard.contracts.notification import NOTIFICATION_CREATED, Notification
from taskyard.contracts.task import COMMENT_CREATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, Event, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.notification.queries import notifications as queries
from taskyard.notification.queries.readers import list_participants, list_viewers


async def tell_assignees(tx: Transaction, event: Event, person_ids: list[str]) -> None:
    """Tell people that a task was given to them."""
    await _tell(tx, event, "assigned", person_ids, task_id=event.resource_id)


async def tell_of_comment(tx: Transaction, event: Event, task_id: str, mentioned_ids: list[str]) -> None:
    """Tell people of a comment: the mentioned, and of a new one whoever else takes part in the task."""
    await _tell(tx, event, "mentioned", mentioned_ids, task_id=task_id, comment_id=event.resource_id)
    if event.type == COMMENT_CREATED and event.workspace_id is not None:
        taking_part = await list_participants(tx, event.workspace_id, task_id)
        others = [person_id for person_id in taking_part if person_id not in mentioned_ids]
        await _tell(tx, event, "commented", others, task_id=task_id, comment_id=event.resource_id)


async def _tell(  # noqa: PLR0913 - what a notification says, by keyword
    tx: Transaction,
    event: Event,
    reason: str,
    person_ids: list[str],
    *,
    task_id: str,
    comment_id: str | None = None,
) -> None:
    """Tell those who see the project, each once however often this runs; nobody is told of their own act."""
    others = [person_id for person_id in person_ids if person_id != event.actor_id]
    if event.workspace_id is None or not others:
        return
    viewers = await list_viewers(tx, [(event.workspace_id, event.project_id)], others)
    seeing = {person_id for _, person_id in viewers}
    for person_id in others:
        if person_id not in seeing:
            continue
        notification = Notification(
            id=new_id(),
            reason=reason,
            workspace_id=event.workspace_id,
            project_id=event.project_id,
            task_id=task_id,
            comment_id=comment_id,
            actor_id=event.actor_id,
            created_at=clock.now(),
            read_at=None,
            snoozed_until=None,
            archived_at=None,
            version=1,
        )
        if await queries.insert_notification(tx, person_id, notification, event.position):
            await announce(tx, change_of(NOTIFICATION_CREATED, person_id, notification))


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
