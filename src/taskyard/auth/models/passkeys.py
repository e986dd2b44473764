"""The words of passkeys. What browsers say and are told is named as the standard does (Web Authentication, level 3)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

LONGEST_PASSKEY_NAME = 100
PasskeyName = Annotated[str, Meta(min_length=1, max_length=LONGEST_PASSKEY_NAME)]
Base64Url = Annotated[str, Meta(min_length=1, max_length=8_000, pattern=r"^[A-Za-z0-9_-]+\Z")]
MfaToken = Annotated[str, Meta(min_length=1, max_length=200)]
Required = Literal["required"]


class Attestation(msgspec.Struct, rename="camel", kw_only=True):
    """What a device says of a key that it made. Browsers add fields as the standard grows."""

    client_data: Base64Url = msgspec.field(name="clientDataJSON")
    attestation_object: Base64Url


class CreatedCredential(msgspec.Struct, rename="camel", kw_only=True):
    """The answer to creation options, as `PublicKeyCredential.toJSON()` gives it."""

    id: Base64Url
    raw_id: Base64Url
    type: Literal["public-key"]
    response: Attestation


class Assertion(msgspec.Struct, rename="camel", kw_only=True):
    """What a device signed."""

    client_data: Base64Url = msgspec.field(name="clientDataJSON")
    authenticator_data: Base64Url
    signature: Base64Url
    user_handle: Base64Url | None = None


class SignedCredential(msgspec.Struct, rename="camel", kw_only=True):
    """The answer to request options, as `PublicKeyCredential.toJSON()` gives it."""

    id: Base64Url
    raw_id: Base64Url
    type: Literal["public-key"]
    response: Assertion


class NewPasskey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A passkey that a device made, and what its owner calls it."""

    name: PasskeyName
    credential: CreatedCredential


class PasskeyPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a passkey."""

    name: PasskeyName


class PasskeySignIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Signing in with a passkey alone."""

    credential: SignedCredential


class PasskeyStepOptions(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A sign-in that waits for a second factor, and asks what a passkey has to sign."""

    mfa_token: MfaToken


class PasskeyStep(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a sign-in that waits for a second factor goes on with."""

    mfa_token: MfaToken
    credential: SignedCredential


class Passkey(msgspec.Struct, frozen=True):
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    version: int


class RegisteredPasskey(Passkey, frozen=True, kw_only=True):
    """A new passkey. The first second factor of an account brings recovery codes, shown once."""

    recovery_codes: list[str]


class KnownCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential that a browser need not, or must, use."""

    type: Literal["public-key"] = "public-key"
    id: str


class SiteName(msgspec.Struct, frozen=True):
    """Who asks."""

    id: str
    name: str


class UserName(msgspec.Struct, frozen=True, rename="camel"):
    """For whom a key is made. The id says nothing about the person."""

    id: str
    name: str
    display_name: str


class KeyKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of key that is taken, by its number (COSE)."""

    type: Literal["public-key"] = "public-key"
    alg: int


class DeviceWishes(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a device must do: find the key without a name, and know its owner by a PIN, a finger or a face."""

    resident_key: Required = "required"
    require_resident_key: bool = True
    user_verification: Required = "required"


class CreationOptions(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """For `navigator.credentials.create`, through `PublicKeyCredential.parseCreationOptionsFromJSON`."""

    rp: SiteName
    user: UserName
    challenge: str
    pub_key_cred_params: list[KeyKind]
    timeout: int
    exclude_credentials: list[KnownCredential]
    authenticator_selection: DeviceWishes = DeviceWishes()
    attestation: Literal["none"] = "none"


class RequestOptions(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """For `navigator.credentials.get`, through `PublicKeyCredential.parseRequestOptionsFromJSON`."""

    challenge: str
    timeout: int
    rp_id: str
    allow_credentials: list[KnownCredential]
    user_verification: Required = "required"
