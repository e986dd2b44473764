"""The archive of the log while the embedded database runs: emptied into, and once more after the server has stopped."""

import asyncio
from pathlib import Path

from taskyard.kit.backup.keys import authenticity_key
from taskyard.kit.backup.local_log import WRITTEN
from taskyard.kit.backup.proof import connected
from taskyard.kit.backup.shipping import Server, Shipping
from taskyard.kit.backup.store import Store
from taskyard.kit.embedded.folders import server_user
from taskyard.kit.embedded.postgres import programs, spool_folder
from taskyard.kit.queries.backup import find_system
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings, SettingsError


class Archiving:
    """Ships the log of one embedded database."""

    def __init__(self, settings: Settings, master: bytes) -> None:
        """Remember where to; raises SettingsError when nobody could ever read what is written."""
        self._folder, self._recipient = backup_place(settings)
        self._place = settings.home / "postgres"
        self._authenticity = authenticity_key(master)
        self._shipping: Shipping | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, owner_url: str) -> None:
        """Begin; the server says which cluster it is."""
        async with connected(owner_url) as connection:
            cluster = await find_system(connection)
        archive = Store(self._folder / cluster, self._authenticity).archive
        server = Server(
            written=self._place / "data" / WRITTEN,
            spool=spool_folder(self._place, cluster),
            binaries=programs(server_user()),
        )
        self._shipping = Shipping(server, archive, self._recipient)
        self._task = asyncio.create_task(self._shipping.run())

    async def stop(self) -> None:
        """Archive what the server handed over when it stopped, and end."""
        if self._task is None or self._shipping is None:
            return
        self._shipping.end()
        await self._task


def backup_place(settings: Settings) -> tuple[Path, str]:
    """Give the backup folder and the public key; raises SettingsError when one of them is not set."""
    if settings.backup_folder is None:
        raise SettingsError(f"{PREFIX}BACKUP_FOLDER is not set: expected the folder for backups, best on another disk")
    if settings.backup_recipient is None:
        raise SettingsError(
            f"{PREFIX}BACKUP_RECIPIENT is not set: expected the public key that `taskyard backup key` makes"
        )
    return settings.backup_folder, settings.backup_recipient
