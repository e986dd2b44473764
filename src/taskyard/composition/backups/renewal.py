"""A new cluster beside the present data, for what is imported: it takes the place only once it is whole."""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator

from taskyard.composition.backups.places import Place, open_place
from taskyard.composition.progress import say
from taskyard.kit import clock
from taskyard.kit.backup.exchange import clear, exchange
from taskyard.kit.embedded.cluster import create, server_options, stop_orphan
from taskyard.kit.embedded.postgres import OTHER_MAJOR, lock_database, major_version, write_password
from taskyard.kit.embedded.server import OWNER, PostgresServer
from taskyard.kit.settings import Settings


def written_by(settings: Settings) -> str | None:
    """Say which major version of PostgreSQL wrote the present data; None when there is none, or no telling."""
    try:
        return (settings.home / "postgres" / "data" / "PG_VERSION").read_text(errors="replace").strip()
    except OSError:
        return None


def is_due(settings: Settings) -> bool:
    """Whether there is no data, or only that of a PostgreSQL that this Taskyard no longer brings."""
    found = written_by(settings)
    return not (settings.home / "postgres" / "data").exists() or (found is not None and found != major_version())


@contextlib.asynccontextmanager
async def new_cluster(settings: Settings) -> AsyncIterator[str]:
    """Have a new cluster and its owner's URL; when the block ends in order, it is the database and the old is kept."""
    place, descriptor = open_place(settings), lock_database(settings.home)
    folder = place.folder / "import"
    try:
        await stop_orphan(place.folder / "data")
        server = await _start(place)
        try:
            yield server.url()
        finally:
            await server.stop()
        aside = exchange(place.folder, folder, f"{OTHER_MAJOR}{written_by(settings)}-{clock.now():%Y%m%dT%H%M%SZ}")
        if aside is not None:
            say(f"The data of the other PostgreSQL is kept in {aside}")
    finally:
        clear(folder)
        os.close(descriptor)


async def _start(place: Place) -> PostgresServer:
    folder = place.folder / "import"
    clear(folder)
    folder.mkdir(mode=0o700)
    if place.user is not None:
        os.chown(folder, place.user.uid, place.user.gid)
    write_password(folder, secrets.token_urlsafe(32), place.user)
    await create(folder, place.binaries, owner=OWNER, user=place.user)
    server = PostgresServer(folder, place.binaries, place.user)
    try:
        await server.launch(server_options(server.sockets, 20))
    except BaseException:
        await server.stop()
        raise
    return server
