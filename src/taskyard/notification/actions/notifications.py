"""The inbox: what people do with what they were told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from taskyard.contracts.notification import NOTIFICATION_READ, NOTIFICATION_UPDATED, Notification
from taskyard.kit import clock
from taskyard.kit.changelog import announce
from taskyard.kit.database import Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.notification.actions.telling import change_of
from taskyard.notification.models.notifications import ReadAll
from taskyard.notification.queries import notifications as queries

READ_AT_ONCE = 1000
LONGEST_SNOOZE = timedelta(days=366)


async def get_notification(tx: Transaction, caller: Principal, notification_id: str) -> Notification:
    """The caller's notification, locked. Raises NotFound."""
    if not is_id(notification_id):
        raise NotFound
    found = await queries.lock_notification(tx, caller, notification_id)
    if found is None:
        raise NotFound
    return found


class Mark:
    """A change of one notification of the caller's, named by its id; one that changes nothing keeps the version."""

    def __init__(self, caller: Principal, notification_id: str, expected: int | None) -> None:
        self._caller = caller
        self._id = notification_id
        self._expected = expected

    async def read(self, tx: Transaction) -> Notification:
        """Mark it as read."""
        return await self._change(tx, lambda found: {"read_at": found.read_at or clock.now()})

    async def unread(self, tx: Transaction) -> Notification:
        """Mark it as unread again; it returns to the inbox."""
        return await self._change(tx, lambda _: {"read_at": None, "archived_at": None})

    async def snooze(self, tx: Transaction, until: datetime) -> Notification:
        """Put it away until an instant, when it is back, unread. Raises InvalidInput."""
        now = clock.now()
        if not now < until <= now + LONGEST_SNOOZE:
            raise invalid("/until", f"Expected an instant ahead, at most {LONGEST_SNOOZE.days} days.")
        away = {"snoozed_until": until.astimezone(UTC), "archived_at": None}
        return await self._change(tx, lambda _: {**away, "read_at": None})

    async def unsnooze(self, tx: Transaction) -> Notification:
        """Take it back before its time."""
        return await self._change(tx, lambda _: {"snoozed_until": None})

    async def archive(self, tx: Transaction) -> Notification:
        """Put it away for good, read."""
        now = clock.now()
        kept = {"archived_at": now, "snoozed_until": None}
        return await self._change(
            tx, lambda found: {} if found.archived_at else {**kept, "read_at": found.read_at or now}
        )

    async def unarchive(self, tx: Transaction) -> Notification:
        """Take it back into the inbox."""
        return await self._change(tx, lambda _: {"archived_at": None})

    async def _change(
        self, tx: Transaction, wanted: Callable[[Notification], dict[str, datetime | None]]
    ) -> Notification:
        before = await get_notification(tx, self._caller, self._id)
        require_version(self._expected, before.version)
        after = msgspec.structs.replace(before, **wanted(before))
        if after == before:
            return before
        after = msgspec.structs.replace(after, version=before.version + 1)
        await queries.update_notification(tx, self._caller.id, after)
        kind = NOTIFICATION_READ if before.read_at is None and after.read_at is not None else NOTIFICATION_UPDATED
        await announce(tx, change_of(kind, self._caller.id, after, before))
        return after


async def read_all_notifications(tx: Transaction, caller: Principal) -> ReadAll:
    """Mark the newest unread notifications of the inbox as read, as many as one transaction should hold."""
    at = clock.now()
    unread = await queries.lock_unread_notifications(tx, caller, at, READ_AT_ONCE)
    await queries.mark_read(tx, caller.id, [notification.id for notification in unread], at)
    for before in unread:
        after = msgspec.structs.replace(before, read_at=at, version=before.version + 1)
        await announce(tx, change_of(NOTIFICATION_READ, caller.id, after, before))
    return ReadAll(len(unread))
