"""Files that are kept outside of the database, each under a name of ours and never under one that a client chose."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
import structlog

from taskyard.kit.ids import is_id
from taskyard.kit.problems import Unavailable

CHUNK = 256 * 1024
HEAD = 16
"""How many of the first bytes tell what kind of file it is."""

log = structlog.get_logger()


class StoredFile(msgspec.Struct, frozen=True):
    """What was learned of a file while it was written; ``sha256`` in hexadecimal digits."""

    size: int
    sha256: str
    head: bytes


class Files(Protocol):
    """Where files are kept, by ids: a folder of this machine, or what stands in for one."""

    async def put(self, file_id: str, parts: AsyncIterator[bytes]) -> StoredFile:
        """Write a new file so that it outlives a power cut; nothing is left of one that fails. Raises Unavailable."""
        ...

    def read(self, file_id: str, first: int, length: int) -> AsyncIterator[bytes]:
        """Give what is in a file, part by part: from one byte on, so many. Raises FileNotFoundError or Unavailable."""
        ...

    async def remove(self, file_id: str) -> None:
        """Remove a file, if it is there. Raises Unavailable."""
        ...

    async def list_older(self, age: timedelta) -> list[str]:
        """Name the files that were written longer ago. Raises Unavailable."""
        ...


class Tally:
    """What is learned of a file while it passes."""

    def __init__(self) -> None:
        self._digest, self._size, self._head = hashlib.sha256(), 0, b""

    def note(self, part: bytes) -> None:
        """Take the next part into account."""
        self._digest.update(part)
        self._size += len(part)
        if len(self._head) < HEAD:
            self._head = (self._head + part)[:HEAD]

    @property
    def stored(self) -> StoredFile:
        """The file so far."""
        return StoredFile(self._size, self._digest.hexdigest(), self._head)


class FolderFiles:
    """Files in a folder of this machine, which only we can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, file_id: str, parts: AsyncIterator[bytes]) -> StoredFile:
        """Write a new file so that it outlives a power cut; nothing is left of one that fails. Raises Unavailable."""
        path = self._path(file_id)
        try:
            file = await asyncio.to_thread(_create, path)
            try:
                stored = await _fill(file, parts)
                await asyncio.to_thread(_settle, file, path.parent)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            finally:
                file.close()
        except OSError as error:
            log.exception("file.not_kept", file=file_id)
            raise Unavailable("The file cannot be kept at the moment.") from error
        return stored

    async def read(self, file_id: str, first: int, length: int) -> AsyncIterator[bytes]:
        """Give what is in a file, part by part: from one byte on, so many. Raises FileNotFoundError."""
        with await asyncio.to_thread(self._path(file_id).open, "rb") as file:
            file.seek(first)
            while part := await asyncio.to_thread(file.read, min(CHUNK, length)):
                length -= len(part)
                yield part

    async def remove(self, file_id: str) -> None:
        """Remove a file, if it is there."""
        await asyncio.to_thread(self._path(file_id).unlink, missing_ok=True)

    async def list_older(self, age: timedelta) -> list[str]:
        """Name the files that were written longer ago."""
        return await asyncio.to_thread(lambda: list(_older(self._folder, time.time() - age.total_seconds())))

    def _path(self, file_id: str) -> Path:
        return self._folder / path_of(file_id)


def path_of(file_id: str) -> str:
    """Where a file is among all: in one of 256 folders, by the end of its id, for the beginning is the time."""
    if not is_id(file_id):
        raise ValueError(file_id)
    return f"{file_id[-2:]}/{file_id}"


def _create(path: Path) -> BinaryIO:
    path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


async def _fill(file: BinaryIO, parts: AsyncIterator[bytes]) -> StoredFile:
    tally = Tally()
    async for part in parts:
        await asyncio.to_thread(file.write, part)
        tally.note(part)
    return tally.stored


def _settle(file: BinaryIO, folder: Path) -> None:
    """Bring a file and its name to the disk."""
    file.flush()
    os.fsync(file.fileno())
    for place in (folder, folder.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _older(folder: Path, moment: float) -> Iterator[str]:
    for place in folder.glob("??"):
        for path in place.iterdir():
            if is_id(path.name) and path.stat().st_mtime < moment:
                yield path.name
