"""The event door of the project service: whose account is deleted has no place in a workspace any more."""

from taskyard.contracts.auth import PERSON_DELETED
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.project.actions.members import forget_person


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs; their names keep their places in the log."""
    return [Consumer(name="forget_people", handle=end_memberships, types=frozenset({PERSON_DELETED}), gather=1.0)]


async def end_memberships(tx: Transaction, event: Event) -> None:
    """Take whose account was deleted out of every workspace, team and project."""
    await forget_person(tx, event.resource_id)
