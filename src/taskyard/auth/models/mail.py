"""The words of mails about accounts, and of the links in them."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from taskyard.auth.models import AnyPassword, Email, NewPassword
from taskyard.contracts.mail import MailKind

Purpose: TypeAlias = Literal["verify", "change", "reset"]
LinkToken = Annotated[str, Meta(min_length=1, max_length=200)]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is to tell somebody. ``address`` is sealed: another than the person's, or of nobody at all."""

    kind: MailKind
    at: datetime
    person_id: str | None = None
    address: bytes = b""
    session_id: str | None = None
    """The sign-in that it is about."""


class UsedLink(msgspec.Struct, frozen=True):
    """A link that was good, and is used up."""

    person_id: str
    credentials_version: int
    purpose: Purpose
    email: str


class LinkOwner(msgspec.Struct, frozen=True):
    """Whose link it is, for the rules of their password."""

    email: str
    name: str


class ForgottenPassword(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the link to a new password goes, if somebody has this address."""

    email: Annotated[str, Meta(max_length=254)]


class PasswordReset(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new password, by the token of a mailed link."""

    token: LinkToken
    password: NewPassword


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new password in place of the present one."""

    current_password: AnyPassword
    password: NewPassword


class EmailVerification(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The token of a mailed link that proves an address."""

    token: LinkToken


class EmailChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another address for the caller."""

    email: Email
