"""The encryption of backups: age (age-encryption.org/v1), X25519 keys. Whoever encrypts needs the public key only."""

from typing import Protocol

import pyrage  # type: ignore[import-untyped] # its one untyped module; everything of ours goes through here

from taskyard.kit.backup.errors import DamagedError, WrongKeyError


class Source(Protocol):
    """Something that can be read from."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        ...


class Sink(Protocol):
    """Something that can be written to."""

    def write(self, chunk: bytes, /) -> int:
        """Take some bytes; gives how many."""
        ...

    def flush(self) -> None:
        """Pass on what is held back."""
        ...


def generate() -> tuple[str, str]:
    """Make a key pair: the private key (AGE-SECRET-KEY-...) and the public one (age1...)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def check_recipient(text: str) -> str:
    """Give a public key as it is; raises ValueError when it is none."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text))
    except pyrage.RecipientError as error:
        raise ValueError(text) from error


def recipient_of(identity: str) -> str:
    """Give the public key of a private one; raises ValueError when it is none."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity).to_public())
    except pyrage.IdentityError as error:
        raise ValueError("not a private key of age") from error


def encrypt(source: Source, sink: Sink, recipient: str) -> None:
    """Encrypt a stream, 64 KiB at a time; raises OSError when reading or writing fails."""
    try:
        pyrage.encrypt_io(source, sink, [pyrage.x25519.Recipient.from_str(recipient)])
    except pyrage.EncryptError as error:
        raise OSError(str(error)) from error


def decrypt(source: Source, sink: Sink, identities: tuple[str, ...]) -> None:
    """Decrypt a stream by whichever of the keys opens it.

    Every 64 KiB are authentic before they are written, and the end is known to be the end.
    Raises WrongKeyError and DamagedError.
    """
    try:
        pyrage.decrypt_io(source, sink, [pyrage.x25519.Identity.from_str(identity) for identity in identities])
    except pyrage.DecryptError as error:
        if "matching keys" in str(error):
            raise WrongKeyError("it was made for another key") from error
        raise DamagedError(str(error)) from error
    except OSError as error:
        raise DamagedError(str(error)) from error
