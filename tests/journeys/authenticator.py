"""A device that makes passkeys and signs with them, and can be told to do so wrongly."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """A device with one key, held by whoever is in front of it."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.counter = 1
        self.is_verified = True
        self.handle = ""
        self.id = secrets.token_bytes(32)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """The answer to creation options, as a browser gives it."""
        self.handle = options["user"]["id"]
        data = self._about(options["rp"]["id"], ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id
        self.counter += 1
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data + self._public_key()})
        client_data = self._client_data("webauthn.create", options["challenge"], client)
        return self._answer({"clientDataJSON": text(client_data), "attestationObject": text(attestation)})

    def sign(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """The answer to request options, as a browser gives it."""
        client_data = self._client_data("webauthn.get", options["challenge"], client)
        data = self._about(options["rpId"])
        self.counter += 1
        signature = self._key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        answer = {"clientDataJSON": text(client_data), "authenticatorData": text(data), "signature": text(signature)}
        return self._answer({**answer, "userHandle": self.handle})

    def _about(self, site: str, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.is_verified else 0)
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str, client: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, **client}).encode()

    def _public_key(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = text(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def text(data: bytes) -> str:
    """Bytes as the standard writes them."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def bytes_in(text: str) -> bytes:
    """Bytes again."""
    return urlsafe_b64decode(text + "===")
