"""How people want to be told."""

import msgspec
from msgspec import UNSET

from taskyard.contracts.notification import PREFERENCES_UPDATED, Reason
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.problems import Conflict, invalid
from taskyard.notification.models.preferences import (
    DEFAULTS,
    Channels,
    ChannelsPatch,
    Chosen,
    Preferences,
    PreferencesPatch,
)
from taskyard.notification.queries.preferences import Stored, find_preferences, store_preferences


async def get_preferences(db: Statements, person_id: str) -> Preferences:
    """A person's preferences, the defaults included."""
    return _whole(await find_preferences(db, person_id))


async def update_preferences(
    tx: Transaction, person_id: str, patch: PreferencesPatch, expected: int | None = None
) -> Preferences:
    """Apply a merge patch. Nothing is stored or announced when nothing changes.

    Raises InvalidInput, PreconditionFailed, or Conflict when another change was faster.
    """
    before = await find_preferences(tx, person_id)
    require_version(expected, before.version)
    after = msgspec.structs.replace(before, chosen=_patched(before.chosen, patch), version=before.version + 1)
    changes = changed_fields(_whole(before), _whole(after))
    if not changes:
        return _whole(before)
    stored_id = await store_preferences(tx, person_id, after, clock.now())
    if stored_id is None:
        raise Conflict("The preferences were changed a moment ago; read them again.")
    change = Change(
        type=PREFERENCES_UPDATED,
        resource_id=stored_id,
        version=after.version,
        data=_whole(after),
        changes=changes,
        audience_id=person_id,
    )
    await announce(tx, change)
    return _whole(after)


async def stop_mail(tx: Transaction, person_id: str) -> None:
    """Send a person no mail any more, for whatever reason; again changes nothing."""
    off: dict[Reason, ChannelsPatch] = dict.fromkeys(DEFAULTS, ChannelsPatch(mail="off"))
    await update_preferences(tx, person_id, PreferencesPatch(reasons=off))


def _patched(chosen: Chosen, patch: PreferencesPatch) -> Chosen:
    quiet = chosen.quiet_hours if patch.quiet_hours is UNSET else patch.quiet_hours
    if quiet is not None and quiet.start == quiet.end:
        raise invalid("/quiet_hours", "They must not end when they begin.")
    wanted = {} if patch.reasons is UNSET else patch.reasons
    changed = {reason: _channels(chosen.channels(reason), channels) for reason, channels in wanted.items()}
    digest_at = chosen.digest_at if patch.digest_at is UNSET else patch.digest_at
    return Chosen(reasons={**chosen.reasons, **changed}, quiet_hours=quiet, digest_at=digest_at)


def _channels(before: Channels, patch: ChannelsPatch) -> Channels:
    return Channels(
        before.inbox if patch.inbox is UNSET else patch.inbox, before.mail if patch.mail is UNSET else patch.mail
    )


def _whole(stored: Stored) -> Preferences:
    chosen = stored.chosen
    return Preferences(
        reasons={reason: chosen.channels(reason) for reason in DEFAULTS},
        quiet_hours=chosen.quiet_hours,
        digest_at=chosen.digest_at,
        time_zone=stored.time_zone,
        version=stored.version,
    )
