"""The words of the auth service: what comes in, what goes out, what its events carry."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.kit.ids import Id

MIN_PASSWORD_LENGTH = 15
MAX_PASSWORD_LENGTH = 256
LONGEST_EMAIL = 254
LONGEST_PERSON_NAME = 200

Email = Annotated[
    str, Meta(min_length=3, max_length=LONGEST_EMAIL, description="E-mail address; compared without case")
]
PersonName = Annotated[str, Meta(min_length=1, max_length=LONGEST_PERSON_NAME)]
NewPassword = Annotated[
    str,
    Meta(
        min_length=MIN_PASSWORD_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        description="Any characters, spaces kept, compared after Unicode normalisation (NFC); common ones are refused",
    ),
]
AnyPassword = Annotated[str, Meta(max_length=MAX_PASSWORD_LENGTH)]
RefreshToken = Annotated[str, Meta(min_length=1, max_length=200)]
InvitationSecret = Annotated[str, Meta(min_length=1, max_length=200, description="From the link in its mail")]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, description="IANA name, such as Europe/Berlin")]
Locale = Annotated[
    str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}\Z", description="BCP 47 tag, such as pt-BR")
]

KeyName = Annotated[str, Meta(min_length=1, max_length=100)]
KeyScopes = Annotated[list[str], Meta(min_length=1, max_length=100, description="Such as tasks:read")]
KeyProjects = Annotated[list[Id], Meta(min_length=1, max_length=200, description="The only projects it reaches")]
KeyNetworks = Annotated[list[str], Meta(max_length=50, description="The only networks it may be used from")]
KeyExpiry = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone")]


class Registration(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new account."""

    email: Email
    password: NewPassword
    name: PersonName
    invitation: InvitationSecret | None = None


class Credentials(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person signs in with."""

    email: Annotated[str, Meta(max_length=254)]
    password: AnyPassword


class SecondStep(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a sign-in that waits for a second factor goes on with."""

    mfa_token: Annotated[str, Meta(min_length=1, max_length=200)]
    code: Annotated[str, Meta(min_length=1, max_length=40, description="Blanks and hyphens do not count")]


class TotpCode(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A code that an authenticator app shows."""

    code: Annotated[str, Meta(min_length=1, max_length=40, description="Blanks do not count")]


class RefreshRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a client that was signed in goes on with."""

    refresh_token: RefreshToken


class ProfilePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What people change about themselves."""

    name: PersonName | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET


class Profile(msgspec.Struct, frozen=True):
    """A person as they see themselves."""

    id: str
    email: str
    name: str
    time_zone: str
    locale: str
    created_at: datetime
    updated_at: datetime
    version: int


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in client's credentials: one for requests, one to get the next pair."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme (RFC 6750)
    expires_in: int
    device_token: str | None = None
    """Told once to a device that is new: kept, and sent as `X-Device-Token` when signing in again."""


class SecondFactorNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right; one of ``methods`` must follow within ``expires_in`` seconds."""

    mfa_required: Literal[True] = True
    mfa_token: str
    methods: list[str]
    expires_in: int


class TotpSetup(msgspec.Struct, frozen=True):
    """What an authenticator app is told once: as text, as a link, and as a QR code (SVG)."""

    secret: str
    otpauth_uri: str
    qr_svg: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes for when the second factor is lost, shown once; each signs in once."""

    recovery_codes: list[str]


class SecondFactors(msgspec.Struct, frozen=True):
    """What an account asks for beside the password."""

    totp_confirmed_at: datetime | None
    recovery_codes_left: int
    passkeys: int


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in on one device, or what an OAuth client was allowed. ``current`` marks the one that asks."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    current: bool
    client_id: str | None
    client_name: str | None


class LiveSession(msgspec.Struct, frozen=True):
    """What an access token says of a session. ``methods`` are how it was begun (RFC 8176).

    That of an OAuth client says which, and what it may.
    """

    id: str
    person_id: str
    started_at: datetime
    methods: tuple[str, ...] = ("pwd",)
    client_id: str | None = None
    scopes: tuple[str, ...] = ()
    resource: str | None = None
    login_id: str | None = None
    """The session of the browser in which the client was allowed."""
    device_token: str | None = None
    """What a device that is new is to keep."""
    account_id: str | None = None
    """The service account as which a client acts that acts for itself."""


class AddressPolicy(msgspec.Struct, frozen=True):
    """Whether the addresses of accounts are proved by mailed links."""

    is_on: bool


class Client(msgspec.Struct, frozen=True):
    """Where a sign-in came from, for the list of sessions, and the secret of a device that was used before."""

    address: str | None
    user_agent: str | None
    device_token: str | None = None


class KeyOwner(msgspec.Struct, frozen=True):
    """Whom keys stand for: a person, or a service account of a workspace."""

    id: str
    kind: Literal["person", "service_account"] = "person"
    workspace_id: str | None = None


class NewApiKey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a key is called, and how it is limited."""

    name: KeyName
    scopes: KeyScopes
    project_ids: KeyProjects | None = None
    ip_allow: KeyNetworks = []
    expires_at: KeyExpiry | None = None


class ApiKeyPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a key."""

    name: KeyName | UnsetType = UNSET
    scopes: KeyScopes | UnsetType = UNSET
    project_ids: KeyProjects | UnsetType | None = UNSET
    ip_allow: KeyNetworks | UnsetType = UNSET
    expires_at: KeyExpiry | UnsetType | None = UNSET


class ApiKey(msgspec.Struct, frozen=True):
    """A key as it can be seen again and again: by its prefix, never its secret."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    project_ids: list[str] | None
    ip_allow: list[str]
    owner_id: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    replaced_by: str | None
    is_strong: bool
    version: int


class IssuedApiKey(ApiKey, frozen=True, kw_only=True):
    """A key as it is seen once, when it was made."""

    secret: str


class JsonWebKeySet(msgspec.Struct, frozen=True):
    """Public keys (RFC 7517)."""

    keys: list[dict[str, str]]


class PersonSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A person as events carry them: nothing that erasing the person would have to find."""

    id: str
    time_zone: str
    locale: str
    version: int


class SecuritySnapshot(msgspec.Struct, frozen=True):
    """A session, a second factor or a credential as events carry it; of nobody where the account is not known."""

    id: str
    person_id: str | None
    reason: str | None = None


class ApiKeySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A key as events carry it."""

    id: str
    owner_id: str
    scopes: list[str]
    project_ids: list[str] | None
    expires_at: datetime | None
    replaced_by: str | None
    version: int
