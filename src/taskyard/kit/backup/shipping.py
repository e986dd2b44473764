"""Shipping: the server puts its finished log into a spool beside its data, and from there it goes to the archive.

A segment leaves the spool only once its encrypted copy is on the backup disk for good. While that cannot be
written, segments wait; nothing is lost but the disk that holds them fills.
"""

import asyncio
import contextlib
from pathlib import Path

import msgspec
import structlog

from taskyard.kit.backup.archive import WalArchive
from taskyard.kit.backup.commits import last_commit
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.segments import ANY_FILE

POLL = 0.5
LONGEST_PAUSE = 30.0

_log = structlog.get_logger()


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server writes its log, where it puts what is finished, and its programs."""

    written: Path
    spool: Path
    binaries: Path


class Shipping:
    """Empties a spool into an archive."""

    def __init__(self, server: Server, archive: WalArchive, recipient: str) -> None:
        """Remember from where to where."""
        self._server = server
        self._archive = archive
        self._recipient = recipient
        self._failures = 0
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Ship whatever comes until `end`, and what is there then; says when it fails and when it succeeds again."""
        while not self._ending.is_set():
            await self._try()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), min(LONGEST_PAUSE, POLL * 2.0 ** min(self._failures, 10)))
        await self._try()

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ending.set()

    def ship(self) -> None:
        """Archive everything that waits, oldest first; raises OSError and BackupError at the first that fails."""
        for path in sorted(waiting(self._server.spool), key=lambda path: path.stat().st_mtime_ns):
            self._archive.put(path, self._recipient, self._moment_of(path))
            path.unlink(missing_ok=True)

    async def _try(self) -> None:
        try:
            await asyncio.to_thread(self.ship)
        except (OSError, BackupError) as error:
            self._failures += 1
            _log.error("archiving_failed", failures=self._failures, error=str(error))
        else:
            if self._failures:
                _log.warning("archiving_works_again", failures=self._failures)
            self._failures = 0

    def _moment_of(self, path: Path) -> float:
        """Until when a file reaches: when the server last wrote to it, for the copy in the spool may be much younger.

        Where the server has used it up since, no more is promised than the last commit in it or before it.
        """
        try:
            return (self._server.written / path.name).stat().st_mtime
        except FileNotFoundError:
            return max(self._archive.reached(), last_commit(path, self._server.binaries))


def waiting(spool: Path) -> list[Path]:
    """The files that wait to be archived."""
    return [path for path in spool.iterdir() if ANY_FILE.fullmatch(path.name)] if spool.is_dir() else []
