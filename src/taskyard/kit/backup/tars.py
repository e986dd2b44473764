"""Files and folders as one encrypted stream each, never as a whole in memory."""

import io
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.pipes import filled_by
from taskyard.kit.backup.streams import CHUNK, FileDigest, decrypted, write_encrypted
from taskyard.kit.embedded.folders import ServerUser, give


def pack_files(files: Mapping[str, bytes], path: Path, recipient: str) -> FileDigest:
    """Encrypt a few small files into one."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o600
            tar.addfile(entry, io.BytesIO(text))
    content.seek(0)
    return write_encrypted(content, path, recipient)


def read_files(path: Path, identities: tuple[str, ...]) -> dict[str, bytes]:
    """Read what `pack_files` wrote; raises DamagedError and WrongKeyError."""
    with _opened(path, identities) as tar:
        return {entry.name: content_of(tar, entry).read() for entry in tar}


def pack_folder(folder: Path, path: Path, recipient: str) -> FileDigest:
    """Encrypt a folder with all that is in it into one file.

    Raises OSError when something cannot be read or written, and BackupError when it could not be unpacked again.
    """
    root = folder.resolve()

    def pack(sink: IO[bytes]) -> None:
        with _LivingFolder.open(fileobj=sink, mode="w|") as tar:
            tar.add(root, arcname=".", filter=lambda entry: _storable(entry, root))

    with filled_by(pack, "packing") as source:
        return write_encrypted(source, path, recipient)


def check_folder(path: Path, identities: tuple[str, ...]) -> None:
    """Read a packed folder to its end, entry by entry; raises DamagedError when it could not be unpacked."""
    with _opened(path, identities) as tar:
        for entry in tar:
            _place_of(entry)


def unpack_folder(path: Path, identities: tuple[str, ...], target: Path, user: ServerUser | None = None) -> None:
    """Unpack a folder, its files private to us or to a user; raises DamagedError and WrongKeyError."""
    target.mkdir(mode=0o700, exist_ok=True)
    give(target, user)
    with _opened(path, identities) as tar:
        for entry in tar:
            _unpack(tar, entry, target, user)


def content_of(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    """Open a file in a tar; raises DamagedError when the entry is something else."""
    file = tar.extractfile(entry) if entry.isfile() else None
    if file is None:
        raise DamagedError(f"{entry.name} does not belong into a backup")
    return file


class _LivingFolder(tarfile.TarFile):
    """A tar of a folder that is in use: what goes away meanwhile is left out."""

    def add(self, name: str | os.PathLike[str], *args: Any, **options: Any) -> None:
        """Add a file, or a folder with all that is in it."""
        try:
            super().add(name, *args, **options)
        except FileNotFoundError:
            if os.path.lexists(name):
                raise


@contextmanager
def _opened(path: Path, identities: tuple[str, ...]) -> Iterator[tarfile.TarFile]:
    with decrypted(path, identities) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        yield tar


def _storable(entry: tarfile.TarInfo, root: Path) -> tarfile.TarInfo:
    """Let files and folders pass; a second name of a file becomes a file of its own."""
    if entry.islnk():
        entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", (root / entry.name).stat().st_size
    if not (entry.isfile() or entry.isdir()):
        raise BackupError(f"{root / entry.name} is neither a file nor a folder, and nothing else can be backed up")
    return entry


def _place_of(entry: tarfile.TarInfo) -> PurePosixPath:
    """Where in a folder an entry belongs; raises DamagedError when that is nowhere."""
    name = PurePosixPath(entry.name)
    if name.is_absolute() or ".." in name.parts or not (entry.isfile() or entry.isdir()):
        raise DamagedError(f"{entry.name} does not belong into a backup")
    return name


def _unpack(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path, user: ServerUser | None) -> None:
    path = target / _place_of(entry)
    if entry.isdir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            shutil.copyfileobj(content_of(tar, entry), file, CHUNK)
    give(path, user)
