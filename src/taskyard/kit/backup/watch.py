"""What monitoring must know of the backups: when the last full one was finished, and when the log was last archived.

Both are read from the backup disk itself, end to end: whatever fails on the way, they stand still and an alert
fires. While the disk is away they keep their last value; a process that never saw it says 0.
"""

import asyncio
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge

from taskyard.kit.backup.archive import WalArchive
from taskyard.kit.backup.store import Store
from taskyard.kit.metrics import registry as everything

EVERY_SECONDS = 15.0


class BackupWatch:
    """Looks at one backup folder; to be made only where backups are set up."""

    def __init__(self, folder: Path, *, registry: CollectorRegistry = everything) -> None:
        self._folder = folder

        def gauge(name: str, meaning: str) -> Gauge:
            return Gauge(name, meaning, multiprocess_mode="livemostrecent", registry=registry)

        self._last_backup = gauge(
            "taskyard_backup_last_success_timestamp_seconds", "When the last full backup was finished, as a Unix time."
        )
        self._last_log = gauge(
            "taskyard_backup_log_archived_timestamp_seconds", "When the log was last archived, as a Unix time."
        )

    async def look_again(self) -> None:
        """Look, then wait."""
        await asyncio.to_thread(self.look)
        await asyncio.sleep(EVERY_SECONDS)

    def look(self) -> None:
        """Read what there is now."""
        stores = [Store(path.parent, None) for path in self._folder.glob("*/full")]
        finished = [backup.finished_at.timestamp() for store in stores for backup in store.backups()]
        archived = [newest for path in self._folder.glob("*/wal") if (newest := WalArchive(path, None).newest())]
        if finished:
            self._last_backup.set(max(finished))
        if archived:
            self._last_log.set(max(archived))
