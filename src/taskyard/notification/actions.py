"""What the notification service does: tells people, and remembers what they have read."""

import msgspec

from taskyard.contracts.notification import NOTIFICATION_CREATED, NOTIFICATION_READ, Notification
from taskyard.contracts.task import COMMENT_CREATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, Event, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.notification.models import ReadAll
from taskyard.notification.queries import notifications as queries
from taskyard.notification.queries.readers import list_participants, list_viewers

READ_AT_ONCE = 1000


class _Subject(msgspec.Struct, frozen=True):
    """What people are told of."""

    task_id: str
    comment_id: str | None = None


async def tell_assignees(tx: Transaction, event: Event, person_ids: list[str]) -> None:
    """Tell people that a task was given to them."""
    await _tell(tx, event, _Subject(event.resource_id), "assigned", person_ids)


async def tell_of_comment(tx: Transaction, event: Event, task_id: str, mentioned_ids: list[str]) -> None:
    """Tell people of a comment: the mentioned, and of a new one whoever else takes part in the task."""
    comment = _Subject(task_id, event.resource_id)
    await _tell(tx, event, comment, "mentioned", mentioned_ids)
    if event.type == COMMENT_CREATED and event.workspace_id is not None:
        taking_part = await list_participants(tx, event.workspace_id, task_id)
        others = [person_id for person_id in taking_part if person_id not in mentioned_ids]
        await _tell(tx, event, comment, "commented", others)


async def _tell(tx: Transaction, event: Event, subject: _Subject, reason: str, person_ids: list[str]) -> None:
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
            task_id=subject.task_id,
            comment_id=subject.comment_id,
            actor_id=event.actor_id,
            created_at=clock.now(),
            read_at=None,
            version=1,
        )
        if await queries.insert_notification(tx, person_id, notification, event.position):
            await announce(tx, _change(NOTIFICATION_CREATED, person_id, notification))


async def get_notification(tx: Transaction, caller: Principal, notification_id: str) -> Notification:
    """The caller's notification, locked. Raises NotFound."""
    if not is_id(notification_id):
        raise NotFound
    found = await queries.lock_notification(tx, caller.id, _projects(caller), notification_id)
    if found is None:
        raise NotFound
    return found


async def read_notification(
    tx: Transaction, caller: Principal, notification_id: str, expected_version: int | None
) -> Notification:
    """Mark one notification as read; a second time changes nothing."""
    found = await get_notification(tx, caller, notification_id)
    require_version(expected_version, found.version)
    if found.read_at is not None:
        return found
    [read] = await _mark_read(tx, caller, [found])
    return read


async def read_all_notifications(tx: Transaction, caller: Principal) -> ReadAll:
    """Mark the newest unread notifications as read, as many as one transaction should hold."""
    unread = await queries.lock_unread_notifications(tx, caller.id, _projects(caller), READ_AT_ONCE)
    return ReadAll(len(await _mark_read(tx, caller, unread)))


async def _mark_read(tx: Transaction, caller: Principal, unread: list[Notification]) -> list[Notification]:
    at = clock.now()
    await queries.mark_read(tx, caller.id, [notification.id for notification in unread], at)
    read = [msgspec.structs.replace(before, read_at=at, version=before.version + 1) for before in unread]
    for before, after in zip(unread, read, strict=True):
        await announce(tx, _change(NOTIFICATION_READ, caller.id, after, before))
    return read


def _change(kind: str, person_id: str, after: Notification, before: Notification | None = None) -> Change:
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


def _projects(caller: Principal) -> list[str] | None:
    return None if caller.project_ids is None else list(caller.project_ids)
