"""The audit trail as it is read."""

from datetime import datetime

import msgspec

from taskyard.kit.changelog import FieldChange


class AuditEntry(msgspec.Struct, frozen=True):
    """Something that happened: who did it (null: nobody who was signed in), from where, in which request.

    ``person_id`` is whose account it is about; ``changes`` are fields before and after.
    """

    number: int
    type: str
    actor_id: str | None
    person_id: str | None
    project_id: str | None
    resource_id: str
    at: datetime
    address: str | None
    request_id: str
    changes: dict[str, FieldChange]


class Verification(msgspec.Struct, frozen=True):
    """Whether a trail is as it was written. ``broken_at`` is the first entry that is not, or that is missing.

    ``head`` is the hash of the last entry: kept elsewhere, it shows later that nothing before it was rewritten.
    """

    is_intact: bool
    entries: int
    broken_at: int | None
    head: str


class RefusalSnapshot(msgspec.Struct, frozen=True):
    """How often requests were refused, as events carry it."""

    id: str
    status: int
    service: str
    count: int
    since: datetime
