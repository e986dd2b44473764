"""What the notification service announces. The person told is the only audience."""

from datetime import datetime

import msgspec

NOTIFICATION_CREATED = "notification.created.v1"
NOTIFICATION_READ = "notification.read.v1"
NOTIFICATION_UPDATED = "notification.updated.v1"
"""It was marked as unread, snoozed, archived or taken back."""


class Notification(msgspec.Struct, frozen=True):
    """One thing that one person is told, as clients and events carry it; ``read_at`` is null until it is read.

    ``reason`` is ``assigned``, ``mentioned`` or ``commented``; the last two name the comment. One that is snoozed is
    out of the inbox until ``snoozed_until``; one that is archived stays out.
    """

    id: str
    reason: str
    workspace_id: str
    project_id: str | None
    task_id: str | None
    comment_id: str | None
    actor_id: str | None
    created_at: datetime
    read_at: datetime | None
    snoozed_until: datetime | None
    archived_at: datetime | None
    version: int
