"""Keys: one secret file from which every other secret of a deployment is derived.

The master key never leaves the process that starts Taskyard. A service receives only its own key,
and from it derives one key per purpose (HKDF-SHA256, RFC 5869), so a leaked key opens one drawer.
"""

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_LENGTH = 32


class KeyFileError(Exception):
    """A key file is missing, unreadable or does not hold a key."""


class Keys:
    """The keys of one service, each derived from its service key for one named purpose."""

    def __init__(self, root: bytes) -> None:
        """Hold the service key (32 bytes) that everything is derived from."""
        self._root = root

    def derive(self, purpose: str, length: int = KEY_LENGTH) -> bytes:
        """Derive the secret bytes for one purpose; the same purpose always gives the same bytes."""
        return _expand(self._root, f"taskyard/purpose/{purpose}", length)

    def signing_key(self) -> Ed25519PrivateKey:
        """Give the key that signs this service's assertions to the other services (RFC 8032)."""
        return Ed25519PrivateKey.from_private_bytes(self.derive("assertion-signing"))

    def public_key(self) -> bytes:
        """Give the 32 raw bytes by which others verify this service's assertions."""
        return self.signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def load_or_create_master_key(path: Path) -> bytes:
    """Read the deployment's master key, creating it on the very first start (mode 600).

    Raises KeyFileError when the file cannot be read, written, or is not a key.
    """
    try:
        if not path.exists():
            _create_key_file(path)
        return _read_key_file(path)
    except OSError as error:
        message = f"cannot use the master key file {path}: {error.strerror}"
        raise KeyFileError(message) from error


def load_master_key(path: Path) -> bytes:
    """Read an existing master key; raises KeyFileError rather than inventing one."""
    try:
        return _read_key_file(path)
    except OSError as error:
        message = f"cannot read the key file {path}: {error.strerror} (restore it from a backup)"
        raise KeyFileError(message) from error


def service_key(master: bytes, service: str) -> bytes:
    """Derive the key one service starts with."""
    return _expand(master, f"taskyard/service/{service}", KEY_LENGTH)


def role_password(master: bytes, role: str) -> str:
    """Derive the password of a database role, so that it is stored nowhere."""
    return base64.urlsafe_b64encode(_expand(master, f"taskyard/role/{role}", KEY_LENGTH)).decode().rstrip("=")


def server_password(master: bytes, server: str) -> str:
    """Derive the password of a server that is started beside Taskyard: its database, cache or dashboards."""
    return base64.urlsafe_b64encode(_expand(master, f"taskyard/server/{server}", KEY_LENGTH)).decode().rstrip("=")


def encode_key(key: bytes) -> str:
    """Write a key as text, the way an environment variable carries it."""
    return base64.b64encode(key).decode()


def decode_key(text: str) -> bytes:
    """Read a key written as base64 text; raises ValueError when it is not 32 bytes."""
    key = base64.b64decode(text.strip(), validate=True)
    if len(key) != KEY_LENGTH:
        message = f"a key is {KEY_LENGTH} bytes"
        raise ValueError(message)
    return key


def _expand(root: bytes, info: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info.encode()).derive(root)


def _create_key_file(path: Path) -> None:
    """Publish a new key under its name in one step: two first starts agree on one key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another start was first; its key is the key
    finally:
        draft.unlink()


def _read_key_file(path: Path) -> bytes:
    """Accept 32 raw bytes or their base64 text, which is how secret stores often hand them over."""
    content = path.read_bytes()
    if len(content) == KEY_LENGTH:
        return content
    try:
        return decode_key(content.decode("ascii"))
    except ValueError as error:
        message = f"the key file {path} is damaged: it must hold {KEY_LENGTH} bytes (restore it from a backup)"
        raise KeyFileError(message) from error
