"""The words of OAuth: clients, what they ask for, and what they are given."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.documentation import CLIENT_ID

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant (RFC 6749)
CLIENT_CREDENTIALS = "client_credentials"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"

GrantType = Literal[
    "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"
]
AuthMethod = Literal["none", "client_secret_basic", "client_secret_post"]
ClientName = Annotated[str, Meta(min_length=1, max_length=100)]
Address = Annotated[str, Meta(min_length=1, max_length=500)]
Addresses = Annotated[list[Address], Meta(max_length=20)]
Scopes = Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=50)]


class RegisteredClient(msgspec.Struct, frozen=True, kw_only=True):
    """A registered client, as the service works with it."""

    id: str
    owner_id: str | None
    name: str
    secret_hash: bytes | None
    auth_method: AuthMethod
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    grant_types: list[str]
    scopes: list[str]
    resource: str | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def introduced_itself(self) -> bool:
        """Say whether nobody here vouches for it."""
        return self.owner_id is None and self.id != CLIENT_ID


class OAuthClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client as its owner sees it."""

    id: str
    name: str
    token_endpoint_auth_method: AuthMethod
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    grant_types: list[str]
    scopes: list[str]
    resource: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class OAuthClientWithSecret(OAuthClient, frozen=True, kw_only=True):
    """The same with its secret, which is told this once; null for a client that cannot keep one."""

    client_secret: str | None


class NewOAuthClient(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A client somebody registers for a program of theirs."""

    name: ClientName
    token_endpoint_auth_method: AuthMethod = "client_secret_basic"  # noqa: S105 - the name of a method
    redirect_uris: Addresses = []
    post_logout_redirect_uris: Addresses = []
    grant_types: Annotated[list[GrantType], Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: ["authorization_code", "refresh_token"]
    )
    scopes: Scopes = msgspec.field(default_factory=lambda: ["openid", "profile", "email", "offline_access"])
    resource: Annotated[
        Address | None, Meta(description="The address of an API that the client is; tokens may be asked for it.")
    ] = None


class OAuthClientPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is changed of a client."""

    name: ClientName | UnsetType = UNSET
    redirect_uris: Addresses | UnsetType = UNSET
    post_logout_redirect_uris: Addresses | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET


class NewBinding(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a client may do as a service account, of what either may."""

    scopes: Annotated[Scopes, Meta(min_length=1, description="Such as tasks:read; the client must have them")]


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A client that acts as a service account when it acts for itself. It never changes; another one replaces it."""

    id: str
    client_id: str
    client_name: str
    account_id: str
    scopes: list[str]
    created_by: str
    created_at: datetime


class ClientRegistration(msgspec.Struct, kw_only=True):
    """What a client says of itself when it registers (RFC 7591); what we do not know is ignored."""

    client_name: ClientName = "A program without a name"
    redirect_uris: Addresses = []
    post_logout_redirect_uris: Addresses = []
    grant_types: list[str] = msgspec.field(default_factory=lambda: ["authorization_code"])
    response_types: list[str] = msgspec.field(default_factory=lambda: ["code"])
    scope: Annotated[str, Meta(max_length=2000)] = "openid profile email offline_access"
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - the name of a method


class ClientInformation(msgspec.Struct, frozen=True, kw_only=True):
    """A client that registered itself, as RFC 7591 tells it."""

    client_id: str
    client_id_issued_at: int
    client_secret: str | UnsetType = UNSET
    client_secret_expires_at: int | UnsetType = UNSET
    client_name: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    scope: str
    token_endpoint_auth_method: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks a person for: an authorization request that was found good."""

    client: RegisteredClient
    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    resource: str | None
    nonce: str | None
    challenge: str
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str
    pushed: bytes | None = None
    """The hash of its handle, when it was pushed before (RFC 9126)."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allowed a client, until it becomes a session of the client."""

    client_id: str
    person_id: str
    login_id: str | None
    """The session of the browser in which they did; none for a device, which goes on without it."""
    signed_in_at: datetime
    scopes: list[str]
    resource: str | None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the token endpoint answers (RFC 6749, 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme (RFC 6750)
    expires_in: int
    scope: str
    refresh_token: str | UnsetType = UNSET
    id_token: str | UnsetType = UNSET


class Introspection(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is worth (RFC 7662); of an inactive one nothing else is told."""

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    aud: str | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    service_account_id: str | UnsetType = UNSET


class UserInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a client with ``openid`` may know of a person (OpenID Connect Core, 5.1), as its scopes go."""

    sub: str
    name: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    zoneinfo: str | UnsetType = UNSET
    updated_at: int | UnsetType = UNSET
    email: str | UnsetType = UNSET
    email_verified: bool | UnsetType = UNSET


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was pushed (RFC 9126)."""

    request_uri: str
    expires_in: int


class DeviceCodes(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shows and asks with (RFC 8628)."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class OAuthClientSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A client as events carry it."""

    id: str
    owner_id: str | None
    version: int


class BindingSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What binds a client to a service account, as events carry it."""

    id: str
    client_id: str
    account_id: str
    scopes: list[str]


class ConsentSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allowed a client, as events carry it."""

    client_id: str
    person_id: str
    scopes: list[str]
