"""Shipping: the server puts its finished log into a spool beside its data, and from there it goes to the archive.

A segment leaves the spool only once its encrypted copy is on the backup disk for good. While that cannot be
written, segments wait; nothing is lost but the disk that holds them fills.
"""

import asyncio
from pathlib import Path

import structlog

from taskyard.kit.backup.archive import WalArchive
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.segments import ANY_FILE

POLL = 0.5
LONGEST_PAUSE = 30.0

_log = structlog.get_logger()


class Shipping:
    """Empties a spool into an archive."""

    def __init__(self, spool: Path, archive: WalArchive, recipient: str) -> None:
        self._spool = spool
        self._archive = archive
        self._recipient = recipient

    async def run(self) -> None:
        """Ship whatever comes, until cancelled; says when it begins to fail and when it succeeds again."""
        failures = 0
        while True:
            try:
                await asyncio.to_thread(self.ship)
            except (OSError, BackupError) as error:
                failures += 1
                _log.error("archiving_failed", failures=failures, error=str(error))
            else:
                if failures:
                    _log.warning("archiving_works_again", failures=failures)
                failures = 0
            await asyncio.sleep(min(LONGEST_PAUSE, POLL * 2.0 ** min(failures, 10)))

    def ship(self) -> None:
        """Archive everything that waits, oldest first; raises OSError and BackupError at the first that fails."""
        for path in sorted(waiting(self._spool), key=lambda path: path.stat().st_mtime_ns):
            self._archive.put(path, self._recipient)
            path.unlink()


def waiting(spool: Path) -> list[Path]:
    """The files that wait to be archived."""
    return [path for path in spool.iterdir() if ANY_FILE.fullmatch(path.name)] if spool.is_dir() else []
