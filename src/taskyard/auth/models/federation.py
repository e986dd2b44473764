"""The words of identity providers: who they are, what they say of a person, and a sign-in that is on its way."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

ProviderKind: TypeAlias = Literal["openid", "google", "microsoft", "gitlab", "keycloak"]
Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}\Z", description="In the addresses of the provider")]
ProviderName = Annotated[str, Meta(min_length=1, max_length=100, description="What the button says")]
IssuerAddress = Annotated[str, Meta(min_length=1, max_length=500)]
ClientId = Annotated[str, Meta(min_length=1, max_length=500)]
ClientSecret = Annotated[str, Meta(min_length=1, max_length=1_000)]
Scope = Annotated[str, Meta(pattern=r"^[!#-\[\]-~]{1,200}\Z")]
Scopes = Annotated[list[Scope], Meta(max_length=50)]
Domain = Annotated[str, Meta(min_length=1, max_length=253)]
Domains = Annotated[list[Domain], Meta(max_length=200, description="Only people with such an address sign in")]
ClaimName = Annotated[str, Meta(min_length=1, max_length=200)]
Addresses = Annotated[list[Annotated[str, Meta(max_length=2_000)]], Meta(max_length=20)]
GroupName = Annotated[str, Meta(min_length=1, max_length=500)]
GivenRole: TypeAlias = Literal["guest", "viewer", "member", "admin"]
Answer = Annotated[str, Meta(min_length=1, max_length=4_000)]


class NewIdentityProvider(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A provider as it is made. Its ``kind`` knows what is not said: the issuer of Google, the scopes of GitLab."""

    slug: Slug
    name: ProviderName
    kind: ProviderKind = "openid"
    issuer: IssuerAddress | None = None
    client_id: ClientId
    client_secret: ClientSecret | None = None
    scopes: Scopes | None = None
    email_domains: Domains = []
    group_claim: ClaimName | None = None
    redirect_uris: Addresses = []
    creates_accounts: bool = False
    trusts_emails: bool = False
    is_enabled: bool = True


class IdentityProviderPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a provider. Another issuer is another provider."""

    name: ProviderName | UnsetType = UNSET
    client_id: ClientId | UnsetType = UNSET
    client_secret: ClientSecret | UnsetType | None = UNSET
    scopes: Scopes | UnsetType = UNSET
    email_domains: Domains | UnsetType = UNSET
    group_claim: ClaimName | UnsetType | None = UNSET
    redirect_uris: Addresses | UnsetType = UNSET
    creates_accounts: bool | UnsetType = UNSET
    trusts_emails: bool | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as administrators see it: never its secret. ``callback`` is what it has to know of us."""

    id: str
    slug: str
    name: str
    kind: ProviderKind
    issuer: str
    client_id: str
    has_secret: bool
    scopes: list[str]
    email_domains: list[str]
    group_claim: str | None
    redirect_uris: list[str]
    creates_accounts: bool
    trusts_emails: bool
    is_enabled: bool
    callback: str
    created_at: datetime
    updated_at: datetime
    version: int


class StoredProvider(msgspec.Struct, frozen=True):
    """A provider as it is kept."""

    id: str
    slug: str
    name: str
    kind: ProviderKind
    issuer: str
    client_id: str
    secret_sealed: bytes | None
    scopes: list[str]
    email_domains: list[str]
    group_claim: str | None
    redirect_uris: list[str]
    creates_accounts: bool
    trusts_emails: bool
    is_enabled: bool
    created_at: datetime
    updated_at: datetime
    version: int


class ProviderButton(msgspec.Struct, frozen=True):
    """A provider as somebody sees it who is about to sign in."""

    slug: str
    name: str


class ProviderButtons(msgspec.Struct, frozen=True):
    """Every provider by which somebody can sign in."""

    items: list[ProviderButton]


class IdentityProviderSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as events carry it."""

    id: str
    is_enabled: bool
    creates_accounts: bool
    trusts_emails: bool
    version: int


class FederatedBegin(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A program that wants to sign somebody in: where the provider sends them back to."""

    redirect_uri: Annotated[str, Meta(min_length=1, max_length=2_000)]


class FederatedBegun(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the person, and what to bring back with the provider's answer within ten minutes."""

    authorization_url: str
    flow_token: str
    expires_in: int


class FederatedAnswer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the provider sent back, as it stands in the address: and what the sign-in was begun with."""

    flow_token: Answer
    code: Answer
    state: Answer
    iss: Annotated[str, Meta(max_length=500)] | None = None


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that is on its way: sealed, and kept by whoever began it."""

    purpose: str
    provider_id: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    return_to: str
    expires_at: int
    began_at: int | None = None
    """Set where the provider was told to ask its person again, whom a cookie there does not prove."""


class FlowWish(msgspec.Struct, frozen=True, kw_only=True):
    """For which door somebody is sent away, and where they come back to; ``is_again`` when they are signed in."""

    purpose: str
    redirect_uri: str
    return_to: str = ""
    is_again: bool = False


class FlowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back by way of the person's browser, at which door, and what was kept there meanwhile."""

    purpose: str
    flow_token: str
    code: str
    state: str
    iss: str | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a person, once all of it is checked."""

    issuer: str
    subject: str
    email: str | None
    is_email_verified: bool
    name: str | None
    groups: tuple[str, ...] | None = ()
    """None where the provider does not say, as for somebody who is in too many."""


class KnownIdentity(msgspec.Struct, frozen=True):
    """Whose an identity is, and what signing in needs to know of them."""

    id: str
    person_id: str
    credentials_version: int
    second_factors: list[str]


class NewGroupRole(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a group, as the provider writes it, brings its people. Owners are made by owners."""

    group: GroupName
    workspace_id: str
    role: GivenRole


class GroupRole(msgspec.Struct, frozen=True):
    """What a group brings, by the rights of who said so."""

    id: str
    group: str
    workspace_id: str
    role: GivenRole
    created_by: str
    created_at: datetime


class GroupRoleSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The same as events carry it."""

    id: str
    provider_id: str
    workspace_id: str
    role: str


class LinkBegin(FederatedBegin, forbid_unknown_fields=True, kw_only=True):
    """A person who wants to sign in by a provider from now on, named by its slug."""

    provider: Slug


class LinkAnswer(FederatedAnswer, forbid_unknown_fields=True, kw_only=True):
    """What the provider sent back to somebody who is signed in."""

    provider: Slug


class Identity(msgspec.Struct, frozen=True):
    """What a person is signed in as elsewhere; ``provider`` is missing where that is one no more."""

    id: str
    issuer: str
    provider: str | None
    linked_at: datetime
    last_used_at: datetime | None
