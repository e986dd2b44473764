"""What the auth service announces about an account's security; its owner is the only audience."""

from taskyard.auth.models import SecuritySnapshot
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction


async def announce_security(tx: Transaction, event: str, about: SecuritySnapshot, *, version: int = 1) -> None:
    """Announce that something happened which the owner of an account, and an audit, wants to know."""
    change = Change(type=event, resource_id=about.id, version=version, data=about, audience_id=about.person_id)
    await announce(tx, change)
