"""The link by which a mail is unsubscribed from with one click and without signing in (RFC 8058)."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from taskyard.kit.http import API
from taskyard.kit.problems import invalid

PATH = f"{API}/notification-preferences/unsubscribe"
_MAC_LENGTH = 16


class UnsubscribeLinks:
    """Makes and reads the links. They hold a person's id and our signature, and stop mail, nothing else."""

    def __init__(self, public_url: str, key: bytes) -> None:
        self._url = public_url + PATH
        self._key = key

    def make(self, person_id: str) -> str:
        """The address for one person."""
        raw = UUID(person_id).bytes
        return f"{self._url}?token={urlsafe_b64encode(raw + self._mac(raw)).decode().rstrip('=')}"

    def read(self, token: str) -> str:
        """Whose link a token is from. Raises InvalidInput for one that we did not sign."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raw = b""
        person, mac = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, self._mac(person)):
            raise invalid("/token", "This is no link of ours.")
        return str(UUID(bytes=person))

    def _mac(self, person: bytes) -> bytes:
        return hmac.digest(self._key, b"unsubscribe\0" + person, hashlib.sha256)[:_MAC_LENGTH]
