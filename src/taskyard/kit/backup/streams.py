"""Streams into and out of encrypted files, whatever their size: compressed, encrypted, digested as they pass."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tarfile import TarError
from typing import IO, cast

import msgspec

from taskyard.kit.backup import age
from taskyard.kit.backup.errors import DamagedError, WrongKeyError
from taskyard.kit.backup.pipes import filled_by
from taskyard.kit.backup.threads import go_on

CHUNK = 1024 * 1024
GZIP = 31  # the window of zlib with the frame of RFC 1952


class FileDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file on the backup disk must be: its length in bytes and its SHA-256."""

    size: int
    sha256: str


class _Compressing:
    """A reader that gives what another gives, compressed. Level 1: most of a database shrinks to a fifth of a pass."""

    def __init__(self, source: age.Source) -> None:
        self._source = source
        self._compressor = zlib.compressobj(1, wbits=GZIP)
        self._ready = bytearray()
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Give some compressed bytes; none at the end."""
        go_on()
        while not self._ready and not self._ended:
            chunk = self._source.read(CHUNK)
            self._ended = not chunk
            self._ready += self._compressor.compress(chunk) if chunk else self._compressor.flush()
        given = bytes(self._ready[:size])
        del self._ready[:size]
        return given


class _Breakable:
    """A reader that gives what another gives for as long as that is wanted."""

    def __init__(self, source: age.Source) -> None:
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        """Give some bytes; none at the end."""
        go_on()
        return self._source.read(size)


class _Digesting:
    """A writer that passes on and keeps count."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, chunk: bytes, /) -> int:
        """Pass some bytes on."""
        self._hash.update(chunk)
        self._size += len(chunk)
        return self._file.write(chunk)

    def flush(self) -> None:
        """Pass on what is held back."""
        self._file.flush()

    def digest(self) -> FileDigest:
        """What was written so far."""
        return FileDigest(self._size, self._hash.hexdigest())


def write_encrypted(source: age.Source, path: Path, recipient: str) -> FileDigest:
    """Write a stream into a new file, compressed and encrypted, and have it on the disk; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sink = _Digesting(file)
        try:
            age.encrypt(_Compressing(source), sink, recipient)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise OSError(f"cannot write {path}: {error}") from error
    return sink.digest()


@contextmanager
def decrypted(path: Path, identities: tuple[str, ...], *, compressed: bool = False) -> Iterator[IO[bytes]]:
    """Read a file that was written so; what comes out is authentic, and the block ends in order only if all of it was.

    ``compressed`` leaves the compression in. Raises WrongKeyError, and DamagedError that names the file.
    """
    try:
        source = path.open("rb")
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror}") from error

    def decrypt(sink: IO[bytes]) -> None:
        with source:
            try:
                age.decrypt(source, sink, identities)
            except WrongKeyError as error:
                raise WrongKeyError(f"the key file does not open {path}: it was made for another key") from error
            except DamagedError as error:
                raise _damaged(path) from error

    failure: Exception | None = None
    with filled_by(decrypt, "decrypting") as pipe:
        reader = cast("IO[bytes]", _Breakable(pipe))
        try:
            yield reader if compressed else cast("IO[bytes]", gzip.GzipFile(fileobj=reader))
        except (EOFError, zlib.error, TarError, gzip.BadGzipFile) as error:
            failure = error
        while reader.read(CHUNK):  # the end must be reached to be known for authentic
            pass
    if failure is not None:
        raise _damaged(path) from failure


def _damaged(path: Path) -> DamagedError:
    return DamagedError(f"{path} is damaged: its content is not what was written")


def digest_of(path: Path) -> FileDigest:
    """Look at a file again, without any key."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        source = _Breakable(file)
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileDigest(size, digest.hexdigest())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
