"""What the gateway refused, told to the auth service for the audit trail: counted, never one by one."""

from datetime import datetime
from typing import Protocol

import msgspec

MOST_AT_ONCE = 300
"""How many counts are taken at once."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """How often one caller, or one address that nobody signed in from, was refused in the minute since an instant."""

    actor_id: str | None
    is_person: bool
    address: str
    """Empty where too many callers were refused to tell them apart."""
    status: int
    """403 or 429."""
    service: str
    count: int
    since: datetime
    request_id: str
    """Of the last one, as in the logs."""


class RefusalBook(Protocol):
    """Keeps what was refused. Answered by the auth service; never called inside a transaction."""

    async def keep_refusals(self, *, refusals: list[Refused]) -> None:
        """Write counts into the trail. Raises InvalidInput for more than 300."""
