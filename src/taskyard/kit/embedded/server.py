"""One PostgreSQL server process on one data folder: started, asked until it answers, stopped."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import asyncpg

from taskyard.kit.child_process import BARE_ENVIRONMENT, ChildProcess, Launch
from taskyard.kit.embedded import cluster
from taskyard.kit.embedded.folders import EmbeddedError, ServerUser, remove_socket_folder, socket_folder
from taskyard.kit.queries.provision import create_database

OWNER = "taskyard_owner"
DATABASE = "taskyard"
SOCKET = ".s.PGSQL.5432"
RECOVERY_SECONDS = 300.0
RETRY_SECONDS = 15.0
LARGEST_LOG = 5_000_000


class PostgresServer:
    """The server of a folder that holds ``data`` and the owner's ``password``."""

    def __init__(self, folder: Path, binaries: Path, user: ServerUser | None) -> None:
        """Remember what to run and as whom; nothing happens before `launch`."""
        self.folder = folder
        self.binaries = binaries
        self.user = user
        self.sockets = socket_folder(folder / "run", SOCKET, user)
        self._process: ChildProcess | None = None

    async def launch(self, options: Sequence[str], *, patience: float = RECOVERY_SECONDS) -> ChildProcess:
        """Start the server; while the processes of a killed one are still being reaped, try again.

        Raises EmbeddedError with the server's own reason.
        """
        log_path = self.folder / "server.log"
        if log_path.exists() and log_path.stat().st_size > LARGEST_LOG:
            log_path.rename(log_path.with_suffix(".log.old"))
        deadline = asyncio.get_running_loop().time() + RETRY_SECONDS
        while True:
            offset = log_path.stat().st_size if log_path.exists() else 0
            process = self._spawn(log_path, options)
            if await self._is_ready(process, patience):
                return process
            reason = cluster.last_complaint(log_path, offset)
            if not cluster.will_pass(reason) or asyncio.get_running_loop().time() > deadline:
                message = f"PostgreSQL cannot start on {self.folder / 'data'}: {reason} (see {log_path})"
                raise EmbeddedError(message)
            await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Stop the server in order: fast, then immediate, then by force."""
        if self._process is not None:
            await self._process.stop((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
        remove_socket_folder(self.sockets, self.folder / "run")

    def url(self, database: str = DATABASE) -> str:
        """Address of a database of it, as the owner; raises EmbeddedError."""
        return owner_url(self.folder, self.sockets, database)

    def _spawn(self, log_path: Path, options: Sequence[str]) -> ChildProcess:
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options]
        user, group = (self.user.uid, self.user.gid) if self.user else (None, None)
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

    async def _is_ready(self, process: ChildProcess, patience: float) -> bool:
        """Wait through recovery until the server takes a connection; False when it ended instead."""
        deadline = asyncio.get_running_loop().time() + patience
        while process.exit_code is None and asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(asyncpg.CannotConnectNowError, OSError, TimeoutError):
                await self._ensure_database()
                return True
            await asyncio.sleep(0.02)
        return False

    async def _ensure_database(self) -> None:
        try:
            connection = await asyncpg.connect(self.url("postgres"), timeout=10)
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            message = f"the password in {self.folder / 'password'} does not open the database in {self.folder / 'data'}"
            raise EmbeddedError(message) from error
        except asyncpg.CannotConnectNowError:
            raise
        except asyncpg.PostgresError as error:
            message = f"the database folder {self.folder / 'data'} is damaged: {str(error).splitlines()[0]}"
            raise EmbeddedError(message) from error
        try:
            await create_database(connection, DATABASE)
        finally:
            await connection.close()


def owner_url(folder: Path, sockets: Path, database: str = DATABASE) -> str:
    """Address of the server of a folder, as the owner of everything; raises EmbeddedError."""
    try:
        password = (folder / "password").read_text().strip()
    except OSError as error:
        message = f"cannot read the database password {folder / 'password'}: {error.strerror}"
        raise EmbeddedError(message) from error
    return f"postgresql://{OWNER}:{quote(password)}@/{database}?host={quote(str(sockets))}&port=5432"
