"""Not wanting to hear of a task or a project."""

import msgspec

from taskyard.contracts.notification import MUTE_CREATED, MUTE_DELETED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.notification.models.mutes import Mute, MuteKind
from taskyard.notification.queries import mutes as queries


class MuteFacts(msgspec.Struct, frozen=True):
    """What an event says of a mute."""

    id: str
    kind: MuteKind
    subject_id: str


async def mute(tx: Transaction, caller: Principal, kind: MuteKind, subject_id: str) -> None:
    """Tell the caller nothing more of a task or project they see; again changes nothing. Raises NotFound."""
    wanted = Mute(kind, _id(subject_id), clock.now())
    await _announce(tx, caller, MUTE_CREATED, wanted, await queries.insert_mute(tx, caller, wanted, new_id()))


async def unmute(tx: Transaction, caller: Principal, kind: MuteKind, subject_id: str) -> None:
    """Tell the caller of it again; where nothing was muted nothing changes. Raises NotFound."""
    wanted = Mute(kind, _id(subject_id), clock.now())
    await _announce(tx, caller, MUTE_DELETED, wanted, await queries.delete_mute(tx, caller, kind, wanted.subject_id))


async def _announce(tx: Transaction, caller: Principal, kind: str, of: Mute, changed: tuple[str | None] | None) -> None:
    if changed is None:
        raise NotFound
    [mute_id] = changed
    if mute_id is not None:
        change = Change(
            type=kind,
            resource_id=mute_id,
            version=1 if kind == MUTE_CREATED else 2,
            data=MuteFacts(mute_id, of.kind, of.subject_id),
            audience_id=caller.id,
        )
        await announce(tx, change)


def _id(text: str) -> str:
    if not is_id(text):
        raise NotFound
    return text
