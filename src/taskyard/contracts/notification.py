"""What the notification service announces. The person told is the only audience."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Reason: TypeAlias = Literal[
    "assigned", "mentioned", "commented", "status_changed", "invited", "due_soon", "overdue", "reminder"
]

NOTIFICATION_CREATED = "notification.created.v1"
NOTIFICATION_READ = "notification.read.v1"
NOTIFICATION_UPDATED = "notification.updated.v1"
"""It was marked as unread, snoozed, archived or taken back."""

MUTE_CREATED = "mute.created.v1"
MUTE_DELETED = "mute.deleted.v1"
PREFERENCES_UPDATED = "notification_preferences.updated.v1"


class Notification(msgspec.Struct, frozen=True):
    """One thing that one person is told, as clients and events carry it; ``read_at`` is null until it is read.

    ``mentioned`` and ``commented`` name the comment; ``invited`` names a project or only the workspace. One that is
    snoozed is out of the inbox until ``snoozed_until``; one that is archived stays out.
    """

    id: str
    reason: Reason
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
