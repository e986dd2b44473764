"""What others ask of the notification service: mails about the security of an account, and invitations."""

from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import msgspec

from taskyard.contracts.people import Recipient

MailKind: TypeAlias = Literal[
    "verify_address",
    "change_address",
    "reset_password",
    "address_known",
    "address_changed",
    "password_changed",
    "second_factor_added",
    "second_factor_removed",
    "passkey_added",
    "passkey_removed",
    "identity_linked",
    "identity_unlinked",
    "recovery_codes_created",
    "recovery_code_used",
    "token_reused",
    "codes_guessed",
    "new_sign_in",
]


class SecurityMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail: what happened ``at`` an instant, and the link it may hold. A repeated one has the same id."""

    id: str
    kind: MailKind
    recipient: Recipient
    at: datetime
    link: str = ""
    device: str = ""
    """With what somebody signed in, and from which ``address``."""
    address: str = ""


class SecurityMails(Protocol):
    """Sends mails that nobody can turn off. Answered by the notification service; never called inside a transaction."""

    async def send_security_mail(self, *, mail: SecurityMail) -> None:
        """Hand the mail over; what a mail server refuses for good is given up. Raises what else goes wrong."""


class InvitationMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to an address that has no account, ``at`` the instant it was invited. A repeated one has the same id."""

    id: str
    address: str
    inviter: Recipient
    workspace: str
    at: datetime
    link: str
    """Where to register: it holds the secret of the invitation."""


class InvitationMails(Protocol):
    """Sends invitations. Answered by the notification service; never called inside a transaction."""

    async def send_invitation_mail(self, *, mail: InvitationMail) -> None:
        """Hand the mail over; what a mail server refuses for good is given up. Raises what else goes wrong."""
