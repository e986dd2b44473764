"""A small file by which whoever runs a deployment changes it while it runs, over all of its processes.

Each process looks for itself, by content: that also sees what is moved into place or mounted anew, and a machine needs
nothing but the file to be told.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

LOOK_SECONDS = 2.0
"""How long a change may take to be seen."""
_LARGEST = 1024 * 1024

log = structlog.get_logger()


class FileError(Exception):
    """What is in the file cannot be followed; the message is one line without the name of the file."""


class WatchedFile:
    """Hands over what is in a file, None while there is none, when it differs from the last time."""

    def __init__(self, path: Path, take: Callable[[bytes | None], object]) -> None:
        """``take`` raises FileError for what it does not accept, and has then changed nothing."""
        self._path = path
        self._take = take
        self._seen: object = self
        self._reason = ""

    def look(self) -> None:
        """Hand over what is there now. Raises FileError."""
        self._seen = content = self._read()
        self._take(content)

    async def look_again(self) -> None:
        """The same while requests are answered: what is wrong is a line in the log, once, and nothing changes."""
        try:
            content = await asyncio.to_thread(self._read)
            if content == self._seen:
                return
            self._seen = content
            self._take(content)
        except FileError as error:
            self._note(str(error))
        else:
            self._reason = ""
            log.info("file.followed", file=str(self._path))

    def _note(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            log.error("file.refused", file=str(self._path), reason=reason)

    def _read(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(error.strerror or str(error)) from error
        if len(content) > _LARGEST:
            raise FileError("it is larger than a megabyte")
        return content
