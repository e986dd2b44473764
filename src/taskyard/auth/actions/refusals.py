"""What the gateway refused, as entries of the audit trail: one for many requests."""

import msgspec

from taskyard.auth.models.audit import RefusalSnapshot
from taskyard.contracts.auth import REQUESTS_REFUSED
from taskyard.contracts.refusals import MOST_AT_ONCE, Refused
from taskyard.kit.changelog import Change, FieldChange, announce
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.problems import invalid


class RefusalsOfAuth:
    """Keeps what was refused (contracts.refusals.RefusalBook)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_refusals(self, *, refusals: list[Refused]) -> None:
        """Announce counts, from where the trail takes them. Raises InvalidInput for more than 300."""
        if len(refusals) > MOST_AT_ONCE:
            raise invalid("/refusals", f"At most {MOST_AT_ONCE} counts can be kept at once.")
        async with self._database.transaction(Cause(origin="automation")) as tx:
            for refused in refusals:
                await _announce(tx, refused)


async def _announce(tx: Transaction, refused: Refused) -> None:
    actor_id = refused.actor_id if is_id(refused.actor_id or "") else None
    tx.cause = msgspec.structs.replace(
        tx.cause, actor_id=actor_id, address=refused.address, request_id=refused.request_id
    )
    about = RefusalSnapshot(new_id(), refused.status, refused.service, refused.count, refused.since)
    told = {"status": about.status, "service": about.service, "count": about.count, "since": about.since}
    await announce(
        tx,
        Change(
            type=REQUESTS_REFUSED,
            resource_id=about.id,
            version=1,
            data=about,
            changes={name: FieldChange(None, value) for name, value in told.items()},
            audience_id=actor_id if refused.is_person else None,
        ),
    )
