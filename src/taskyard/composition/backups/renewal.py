"""A new cluster beside the present data, for what is imported: it takes the place only once it is whole."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from taskyard.composition.backups.places import Place, stopped
from taskyard.composition.progress import say
from taskyard.kit import clock
from taskyard.kit.backup.exchange import clear, exchange
from taskyard.kit.backup.moments import stamped
from taskyard.kit.embedded.cluster import create, server_options, version_of
from taskyard.kit.embedded.folders import give
from taskyard.kit.embedded.postgres import OTHER_MAJOR, has_database, major_version, write_password
from taskyard.kit.embedded.server import OWNER, PostgresServer
from taskyard.kit.settings import Settings


def written_by(settings: Settings) -> str | None:
    """Say which major version of PostgreSQL wrote the present data; None when there is none, or no telling."""
    try:
        return version_of(settings.home / "postgres" / "data")
    except OSError:
        return None


def is_due(settings: Settings) -> bool:
    """Whether there is no data, or only that of a PostgreSQL that this Taskyard no longer brings."""
    return not has_database(settings.home) or written_by(settings) not in {None, major_version()}


@contextlib.asynccontextmanager
async def new_cluster(settings: Settings) -> AsyncIterator[str]:
    """Have a new cluster and its owner's URL; when the block ends in order, it is the database and the old is kept."""
    async with stopped(settings) as place:
        folder = place.folder / "import"
        try:
            server = await _prepare(place, folder)
            try:
                await server.launch(server_options(server.sockets, 20))
                yield server.url()
            finally:
                await server.stop()
            aside = exchange(place.folder, folder, f"{OTHER_MAJOR}{written_by(settings)}-{stamped(clock.now())}")
            if aside is not None:
                say(f"The data of the other PostgreSQL is kept in {aside}")
        finally:
            clear(folder)


async def _prepare(place: Place, folder: Path) -> PostgresServer:
    clear(folder)
    folder.mkdir(mode=0o700)
    give(folder, place.user)
    write_password(folder, secrets.token_urlsafe(32), place.user)
    await create(folder, place.binaries, owner=OWNER, user=place.user)
    return PostgresServer(folder, place.binaries, place.user)
