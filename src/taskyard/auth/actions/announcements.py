"""What the auth service announces about an account's security, and of what its owner is told by mail besides."""

from taskyard.auth.actions.letters import tell
from taskyard.auth.models import SecuritySnapshot
from taskyard.contracts.auth import (
    IDENTITY_UNLINKED,
    PASSKEY_ADDED,
    PASSKEY_REMOVED,
    PASSWORD_CHANGED,
    RECOVERY_CODE_USED,
    SECOND_FACTOR_ADDED,
    SECOND_FACTOR_REMOVED,
    SIGN_IN_ENDED,
)
from taskyard.contracts.mail import MailKind
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction

LETTERS: dict[str, MailKind] = {
    PASSKEY_ADDED: "passkey_added",
    PASSKEY_REMOVED: "passkey_removed",
    PASSWORD_CHANGED: "password_changed",
    RECOVERY_CODE_USED: "recovery_code_used",
    SECOND_FACTOR_ADDED: "second_factor_added",
    SECOND_FACTOR_REMOVED: "second_factor_removed",
    SIGN_IN_ENDED: "codes_guessed",
    IDENTITY_UNLINKED: "identity_unlinked",
    "linked_by_owner": "identity_linked",
    "refresh_token_reused": "token_reused",
    "recovery_codes_renewed": "recovery_codes_created",
}
"""By the type of the event or by its reason."""


async def announce_security(tx: Transaction, event: str, about: SecuritySnapshot, *, version: int = 1) -> None:
    """Announce that something happened which the owner of an account, and an audit, wants to know."""
    change = Change(type=event, resource_id=about.id, version=version, data=about, audience_id=about.person_id)
    await announce(tx, change)
    kind = LETTERS.get(event) or LETTERS.get(about.reason or "")
    if kind is not None and about.person_id is not None:
        await tell(tx, kind, about.person_id)
