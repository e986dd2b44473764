"""The key file of backups: made once, shown once, kept by the operator away from the server.

It is a key file of age, with one comment more: the key by which it can be told that a backup was
written by this deployment. Encrypting needs no secret, so anybody could write a file that decrypts.
"""

import base64
from datetime import datetime

import msgspec

from taskyard.kit.backup import age
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.keys import Keys, service_key

PRIVATE = "AGE-SECRET-KEY-"
AUTHENTICITY = "# authenticity: "


class BackupKey(msgspec.Struct, frozen=True):
    """What a key file holds: private keys, old ones too, and the key of authenticity where it is known."""

    identities: tuple[str, ...]
    authenticity: bytes | None


def authenticity_key(master: bytes) -> bytes:
    """Derive the key that marks this deployment's backups as its own."""
    return Keys(service_key(master, "backup")).derive("authenticity")


def new_key_file(authenticity: bytes | None, at: datetime) -> tuple[str, str]:
    """Make a key; gives the text of its file, and the public key for the settings."""
    identity, recipient = age.generate()
    lines = [f"# created: {at.isoformat(timespec='seconds')}", f"# public key: {recipient}"]
    if authenticity is not None:
        lines.append(AUTHENTICITY + base64.b64encode(authenticity).decode())
    return "\n".join([*lines, identity, ""]), recipient


def read_key_file(text: str, name: str) -> BackupKey:
    """Read a key file, as `new_key_file` or age-keygen writes it; raises BackupError."""
    lines = [line.strip() for line in text.splitlines()]
    identities = [line for line in lines if line.startswith(PRIVATE)]
    marks = [line.removeprefix(AUTHENTICITY) for line in lines if line.startswith(AUTHENTICITY)]
    try:
        for identity in identities:
            age.recipient_of(identity)
        known = {base64.b64decode(mark, validate=True) for mark in marks}
    except ValueError as error:
        raise BackupError(f"{name} is damaged: it holds something else than keys") from error
    if not identities:
        raise BackupError(f"{name} holds no private key: expected a line {PRIVATE}...")
    if len(known) > 1:
        raise BackupError(f"{name} holds the keys of two deployments: expected those of one")
    return BackupKey(tuple(identities), next(iter(known), None))
