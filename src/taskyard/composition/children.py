"""Several processes: who gets which secret, who is restarted, and how all of them end with the parent."""

import asyncio
import contextlib
import functools
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from taskyard.composition.progress import say
from taskyard.composition.secrets import database_urls, process_secrets
from taskyard.kit.child_process import ChildProcess, Launch, keep_running
from taskyard.kit.metric_files import place_in
from taskyard.kit.roles import PORT_OFFSETS, ROLES
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings

STOP_SIGNALS = ((signal.SIGTERM, 12.0), (signal.SIGKILL, 5.0))
READY_SECONDS = 60.0
# What a child may take over from our own environment; everything else it is told explicitly.
SECRETS = frozenset(
    {"DATABASE_URL", "REDIS_URL", "SERVICE_KEY", "SERVICE_KEY_FILE", "SERVICE_KEYS", "MASTER_KEY_FILE", "HOME"}
    | {"SMTP_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY_FILE"}
    | {f"{role.upper()}_DATABASE_URL" for role in ROLES}
)


class Child(msgspec.Struct, frozen=True):
    """One process to keep running: what it is called, runs, knows and listens on."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    listener: socket.socket | None = None

    def start(self) -> ChildProcess:
        """Start it once."""
        arguments = list(self.arguments)
        inherited = []
        if self.listener is not None:
            inherited = [self.listener.fileno()]
            arguments += ["--listener", str(self.listener.fileno())]
        command = [sys.executable, "-m", "taskyard", "--env-file", os.devnull, "--with-parent", *arguments]
        # an empty input that stays open tells the child that we live
        return ChildProcess(Launch(command=command, environment=self.environment, inherited=inherited))


class Family:
    """The children of one parent, each started again when it dies."""

    def __init__(self, children: list[Child]) -> None:
        """Remember whom to keep running; nothing happens before `start`."""
        self._children = children
        self._running: dict[str, ChildProcess] = {}
        self._watches: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start all children and watch over them."""
        for child in self._children:
            self._start(child)
            watch = keep_running(child.name, self._running[child.name], functools.partial(self._restart, child))
            self._watches.append(asyncio.create_task(watch))

    async def stop(self) -> None:
        """Stop all children at once, letting each finish what it does."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await asyncio.gather(*(process.stop(*STOP_SIGNALS) for process in self._running.values()))

    def renew(self) -> None:
        """End every child so that it starts again with the code as it is now."""
        for process in self._running.values():
            process.terminate()

    async def _restart(self, child: Child) -> ChildProcess:
        say(f"Starting {child.name} again")
        return self._start(child)

    def _start(self, child: Child) -> ChildProcess:
        self._running[child.name] = child.start()
        return self._running[child.name]


def worker_children(
    settings: Settings, texts: Mapping[str, str], *, count: int, listener: socket.socket, numbers: Path
) -> list[Child]:
    """Describe N equal processes that share one port and each hold everything."""
    environment = _environment(texts) | {
        **_mail(settings),
        **_bucket(settings),
        f"{PREFIX}MASTER_KEY_FILE": str(settings.master_key_path),
        f"{PREFIX}REDIS_URL": settings.redis_url or "",
        **database_urls(settings.service_database_urls, *ROLES),
    }
    return [
        Child(f"process {place}", ["serve-everything"], environment | place_in(numbers, place), listener)
        for place in range(1, count + 1)
    ]


def split_children(
    settings: Settings, texts: Mapping[str, str], master: bytes, listeners: Mapping[str, socket.socket]
) -> list[Child]:
    """Describe the five services and the worker, each with its own database URL and its own key only."""
    common = _environment(texts) | {f"{PREFIX}REDIS_URL": settings.redis_url or ""}
    secrets = process_secrets(settings.service_database_urls, master)
    secrets["worker"] |= _mail(settings) | _bucket(settings)
    secrets["task"] |= _bucket(settings)
    secrets["gateway"][f"{PREFIX}MAINTENANCE_FILE"] = str(settings.maintenance_path)
    secrets["task"][f"{PREFIX}HOME"] = str(settings.home)
    commands = {**{service: ["serve", service] for service in PORT_OFFSETS}, "worker": ["worker"]}
    return [Child(name, arguments, common | secrets[name], listeners[name]) for name, arguments in commands.items()]


async def wait_until_ready(host: str, port: int, stop: asyncio.Event) -> bool:
    """Ask /ready until it answers 200; False when stopped first or when it takes too long."""
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while not stop.is_set() and asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError, TimeoutError):
            if await _is_ready("127.0.0.1" if host in {"0.0.0.0", "::"} else host, port):  # noqa: S104 - compared
                return True
        await asyncio.sleep(0.05)
    return False


async def _is_ready(host: str, port: int) -> bool:
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        finally:
            writer.close()


def _environment(texts: Mapping[str, str]) -> dict[str, str]:
    """Give a child our surroundings and the settings that are no secret."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    open_settings = {name: value for name, value in texts.items() if name.removeprefix(PREFIX) not in SECRETS}
    return {**surroundings, **open_settings}


def _mail(settings: Settings) -> dict[str, str]:
    """Tell who sends mail where it goes."""
    server = {f"{PREFIX}SMTP_URL": settings.smtp_url} if settings.smtp_url else {}
    return {f"{PREFIX}HOME": str(settings.home), **server}


def _bucket(settings: Settings) -> dict[str, str]:
    """Tell who keeps files what their bucket is opened with."""
    given = {"S3_ACCESS_KEY": settings.s3_access_key, "S3_SECRET_KEY_FILE": settings.s3_secret_key_file}
    return {PREFIX + name: str(value) for name, value in given.items() if value is not None}
