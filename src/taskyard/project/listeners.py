"""The event door of the project service: what follows for memberships from what happens to accounts."""

import msgspec

from taskyard.contracts.auth import IDENTITY_PROVIDER_DELETED, PERSON_DELETED
from taskyard.contracts.groups import GROUPS_CLAIMED, GroupsClaimed
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.project.actions.group_members import follow_groups, forget_provider
from taskyard.project.actions.members import forget_person


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs; their names keep their places in the log.

    One for all, in order: whoever is deleted gets no place by a group afterwards, and nobody by a deleted provider.
    """
    types = frozenset({PERSON_DELETED, GROUPS_CLAIMED, IDENTITY_PROVIDER_DELETED})
    return [Consumer(name="forget_people", handle=follow_account, types=types, gather=1.0)]


async def follow_account(tx: Transaction, event: Event) -> None:
    """Take whose account was deleted out of every workspace, and let others be where their groups want them.

    Where the provider that said so was deleted, that is nowhere.
    """
    if event.type == PERSON_DELETED:
        await forget_person(tx, event.resource_id)
    elif event.type == IDENTITY_PROVIDER_DELETED:
        await forget_provider(tx, event.resource_id)
    else:
        await follow_groups(tx, msgspec.json.decode(event.data, type=GroupsClaimed))
