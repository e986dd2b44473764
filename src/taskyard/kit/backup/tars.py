"""Files and folders as one encrypted stream each, never as a whole in memory."""

import io
import os
import tarfile
import threading
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from taskyard.kit.backup.errors import DamagedError
from taskyard.kit.backup.streams import CHUNK, FileDigest, decrypted, write_encrypted
from taskyard.kit.embedded.folders import ServerUser


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


def read_files(path: Path, identity: str) -> dict[str, bytes]:
    """Read what `pack_files` wrote; raises DamagedError and WrongKeyError."""
    files = {}
    with decrypted(path, identity) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            files[entry.name] = file.read() if file is not None else b""
    return files


def pack_folder(folder: Path, path: Path, recipient: str) -> FileDigest:
    """Encrypt a folder with all that is in it into one file."""
    read_end, write_end = os.pipe()

    def work() -> None:
        with os.fdopen(write_end, "wb") as sink, tarfile.open(fileobj=sink, mode="w|") as tar:
            tar.add(folder, arcname=".")

    thread = threading.Thread(target=work, name="packing", daemon=True)
    with os.fdopen(read_end, "rb") as source:
        thread.start()
        digest = write_encrypted(source, path, recipient)
    thread.join()
    return digest


def unpack_folder(path: Path, identity: str, target: Path, user: ServerUser | None = None) -> None:
    """Unpack a folder, its files private to us or to a user; raises DamagedError and WrongKeyError."""
    target.mkdir(mode=0o700, exist_ok=True)
    _give(target, user)
    with decrypted(path, identity) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        for entry in tar:
            _unpack(tar, entry, target, user)


def _unpack(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path, user: ServerUser | None) -> None:
    name = PurePosixPath(entry.name)
    if name.is_absolute() or ".." in name.parts or not (entry.isfile() or entry.isdir()):
        raise DamagedError(f"{entry.name} does not belong into a backup")
    path = target / name
    if entry.isdir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        source = tar.extractfile(entry)
        assert source is not None  # noqa: S101 - it is a file
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _copy(source, file)
    _give(path, user)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while chunk := source.read(CHUNK):
        target.write(chunk)


def _give(path: Path, user: ServerUser | None) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid)
