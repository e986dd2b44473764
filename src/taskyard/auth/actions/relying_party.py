"""What passkeys are made for and asked by: this deployment at its public address, and nobody else.

A challenge is made without a row: it says when it ends, and a mark that only we can make says what it is for. What was
answered is remembered until it would have ended, so each is answered once.
"""

import hashlib
import hmac
import secrets
import struct
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import webauthn
from cbor2 import CBORError
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from taskyard.auth.models.passkeys import (
    CreatedCredential,
    CreationOptions,
    KeyKind,
    KnownCredential,
    RequestOptions,
    SignedCredential,
    SiteName,
    UserName,
)
from taskyard.kit import clock
from taskyard.kit.keys import Keys

NAME = "Taskyard"
LIFETIME = timedelta(minutes=5)
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_NONCE, _EXPIRY = 16, 8
_FAULTS = (
    *(WebAuthnException, CBORError, UnsupportedAlgorithm, struct.error),
    *(ValueError, TypeError, LookupError, AttributeError),
)
"""All that the library raises for what a stranger may have made up."""
_MILLISECONDS = int(LIFETIME.total_seconds() * 1000)


class Unverifiable(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """What a device signed does not fit what it was asked: another site, challenge, key or person, or no person."""


class RelyingParty:
    """One deployment as devices know it. Origin and name follow from the public address alone."""

    def __init__(self, keys: Keys, *, public_url: str) -> None:
        parts = urlsplit(public_url)
        self.id = parts.hostname or ""
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._key = keys.derive("passkey-challenges")

    def creation_options(
        self, person_id: str, name: str, email: str, known: list[bytes], purpose: str
    ) -> CreationOptions:
        """What a device needs to make a key for a person, who has some already."""
        return CreationOptions(
            rp=SiteName(self.id, NAME),
            user=UserName(handle_of(person_id), email, name),
            challenge=self.new_challenge(purpose),
            pub_key_cred_params=[KeyKind(alg=int(algorithm)) for algorithm in ALGORITHMS],
            timeout=_MILLISECONDS,
            exclude_credentials=_named(known),
        )

    def request_options(self, purpose: str, known: list[bytes]) -> RequestOptions:
        """What a device needs to sign with one of the known keys; without any, with whichever it has for this site."""
        return RequestOptions(
            challenge=self.new_challenge(purpose),
            timeout=_MILLISECONDS,
            rp_id=self.id,
            allow_credentials=_named(known),
        )

    def new_challenge(self, purpose: str) -> str:
        """Something to sign, for one purpose and five minutes."""
        expires_at = int((clock.now() + LIFETIME).timestamp())
        head = secrets.token_bytes(_NONCE) + expires_at.to_bytes(_EXPIRY, "big")
        return bytes_to_base64url(head + self._mark(head, purpose))

    def challenge_in(self, client_data: str, purpose: str) -> tuple[bytes, datetime]:
        """The challenge that was signed, and when it ends. Raises Unverifiable if it is none of ours for this."""
        try:
            challenge = parse_client_data_json(base64url_to_bytes(client_data)).challenge
        except _FAULTS as error:
            raise Unverifiable from error
        head = challenge[: _NONCE + _EXPIRY]
        if not hmac.compare_digest(challenge[_NONCE + _EXPIRY :], self._mark(head, purpose)):
            raise Unverifiable
        expires_at = datetime.fromtimestamp(int.from_bytes(head[_NONCE:], "big"), clock.now().tzinfo)
        if expires_at <= clock.now():
            raise Unverifiable
        return challenge, expires_at

    def verify_created(self, credential: CreatedCredential, challenge: bytes) -> VerifiedRegistration:
        """The key that a device made. Raises Unverifiable."""
        try:
            return webauthn.verify_registration_response(
                credential=msgspec.to_builtins(credential),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                require_user_verification=True,
                supported_pub_key_algs=ALGORITHMS,
            )
        except _FAULTS as error:
            raise Unverifiable from error

    def verify_signed(self, credential: SignedCredential, challenge: bytes, public_key: bytes) -> int:
        """What the device has counted, whose signature is right. Raises Unverifiable."""
        try:
            verified = webauthn.verify_authentication_response(
                credential=msgspec.to_builtins(credential),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=0,  # compared by the caller, who says that it went back
                require_user_verification=True,
            )
        except _FAULTS as error:
            raise Unverifiable from error
        return verified.new_sign_count

    def _mark(self, head: bytes, purpose: str) -> bytes:
        return hmac.digest(self._key, head + purpose.encode(), hashlib.sha256)


def handle_of(person_id: str) -> str:
    """The id under which devices keep a person's keys."""
    return bytes_to_base64url(person_id.encode())


def bytes_of(text: str) -> bytes:
    """Bytes that a browser wrote as text. Raises Unverifiable."""
    try:
        return base64url_to_bytes(text)
    except ValueError as error:
        raise Unverifiable from error


def _named(ids: list[bytes]) -> list[KnownCredential]:
    return [KnownCredential(id=bytes_to_base64url(credential_id)) for credential_id in ids]
