"""Where log lines end up: a stream, or a file that rotates by size and that several processes may share.

No process is told about a rotation: each looks whether the file is still the one it has open.
See docs/decisions/0021-logs-and-error-reports.md.
"""

import fcntl
import os
import select
import stat
import time
from pathlib import Path

import msgspec

PATIENCE = 0.5
"""Seconds to wait for the file's lock; who holds it longer was stopped, and one appends without."""
_PAUSE = 0.005


class LogFileError(Exception):
    """The log file cannot be written; the message is one line for the person at the terminal."""


class LogFile(msgspec.Struct, frozen=True):
    """Which file to write, from how many bytes on it is put aside (0: never), and how many of those are kept."""

    path: Path
    rotate_at: int = 0
    kept: int = 5


class Stream:
    """An open descriptor, such as the standard error output."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        self._at_once = select.PIPE_BUF if is_pipe else 0

    def write(self, lines: list[bytes]) -> None:
        """Write whole lines; into a pipe in parts that cannot be mixed with another process's. Raises OSError."""
        for part in _parts(lines, self._at_once) if self._at_once else [b"".join(lines)]:
            write_all(self._descriptor, part)

    def close(self) -> None:
        """Leave it open: it is not ours."""


class RotatingFile:
    """A file that becomes ``<name>.1`` when it is full, ``.1`` becomes ``.2`` and so on. Raises LogFileError."""

    def __init__(self, file: LogFile) -> None:
        self._file = file
        try:
            self._descriptor = _open(file.path)
        except OSError as error:
            message = f"cannot write to the log file {file.path}: {error.strerror} (TASKYARD_LOG_FILE chooses another)"
            raise LogFileError(message) from error
        self._is_regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)

    def write(self, lines: list[bytes]) -> None:
        """Append whole lines under the file's lock, after a rotation where they do not fit. Raises OSError."""
        content = b"".join(lines)
        if not self._is_regular:  # /dev/stdout, a named pipe
            write_all(self._descriptor, content)
            return
        is_locked = self._lock_current()
        try:
            while is_locked and self._is_full(len(content)) and self._rotate():
                is_locked = self._lock_current()
            self._append(content, is_locked=is_locked)
        finally:
            if is_locked:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _lock_current(self) -> bool:
        """Lock the file that has the name now; False when that is not to be had, and one appends without."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE)
                continue
            except OSError:  # a file system without locks
                return False
            if self._is_current() or not self._reopen():
                return True
        return False

    def _append(self, content: bytes, *, is_locked: bool) -> None:
        size = os.fstat(self._descriptor).st_size
        try:
            write_all(self._descriptor, content)
        except OSError:
            if is_locked:  # a full disk: leave no half line that the next one would be glued to
                os.ftruncate(self._descriptor, size)
            raise

    def _is_current(self) -> bool:
        ours = os.fstat(self._descriptor)
        try:
            named = self._file.path.stat()
        except FileNotFoundError:
            return False
        return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)

    def _is_full(self, more: int) -> bool:
        size = os.fstat(self._descriptor).st_size
        return size > 0 and 0 < self._file.rotate_at < size + more

    def _rotate(self) -> bool:
        """Put the file aside while its lock is held; False in a folder that we may not change, where the file grows."""
        try:
            for number in range(self._file.kept - 1, 0, -1):
                older = self._aside(number)
                if older.exists():
                    older.replace(self._aside(number + 1))
            self._file.path.replace(self._aside(1))
        except OSError:
            return False
        return self._reopen()

    def _aside(self, number: int) -> Path:
        return self._file.path.with_name(f"{self._file.path.name}.{number}")

    def _reopen(self) -> bool:
        """Open the file that has the name now; where that fails, the one we have goes on taking our lines."""
        try:
            descriptor = _open(self._file.path)
        except OSError:
            return False
        os.close(self._descriptor)
        self._descriptor = descriptor
        return True


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it. Raises OSError."""
    while content:
        content = content[os.write(descriptor, content) :]


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)


def _parts(lines: list[bytes], most: int) -> list[bytes]:
    """The lines in their order, joined as far as they fit; a line that is longer stays alone."""
    parts = [b""]
    for line in lines:
        if len(parts[-1]) + len(line) > most:
            parts.append(b"")
        parts[-1] += line
    return parts
