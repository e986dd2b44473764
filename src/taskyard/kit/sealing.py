"""Secrets that must be read again are stored sealed, so that a stolen table or dump tells nothing of them.

AES-256-GCM (NIST SP 800-38D) under a key derived from the master key. What is sealed for one context, such as the
id of its row, opens in no other, so a value that was moved is as useless as one that was changed.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_LENGTH = 12


class SealBroken(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """The sealed bytes were changed, moved to another context, or sealed under another master key."""


class Sealer:
    """Seals and opens the secrets of one purpose. ``key`` is 32 bytes from ``Keys.derive``."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    def shared_with(self, secret: str) -> "Sealer":
        """A sealer that takes somebody else's secret besides: what it seals, we cannot open without them."""
        return Sealer(hmac.digest(self._key, secret.encode(), hashlib.sha256))

    def seal(self, secret: bytes, context: str) -> bytes:
        """The secret as it may be stored, different each time."""
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return nonce + self._cipher.encrypt(nonce, secret, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The secret again. Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken("sealed under another key, or changed since") from error
