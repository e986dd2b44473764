"""The data folder of the embedded PostgreSQL: made in one step, checked before use, freed from orphans."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import psutil

from taskyard.kit.child_process import BARE_ENVIRONMENT, ChildProcess, Launch
from taskyard.kit.embedded.folders import EmbeddedError, ServerUser

ORPHAN_SIGNALS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
ARCHIVE_SECONDS = 60
"""A segment that is written to is handed over after this time at the latest: what a lost machine may cost."""
PASSING_TROUBLE = ("postmaster.pid", "shared memory", "is being used", "another postmaster")


async def create(folder: Path, binaries: Path, *, owner: str, user: ServerUser | None) -> None:
    """Make an empty database cluster, under its final name only once it is whole."""
    draft = folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={draft}",
        f"--username={owner}",
        f"--pwfile={folder / 'password'}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
    ]
    await _initialise(command, folder / "initdb.log", user)
    draft.rename(folder / "data")


def check(folder: Path, major: str) -> None:
    """Refuse a data folder that is damaged or belongs to another major version of PostgreSQL."""
    data = folder / "data"
    try:
        found = version_of(data)
    except OSError as error:
        message = f"the database folder {data} is damaged: PG_VERSION is missing (restore it from a backup)"
        raise EmbeddedError(message) from error
    if not found.isdecimal():
        message = f"the database folder {data} is damaged: PG_VERSION holds no version (restore it from a backup)"
        raise EmbeddedError(message)
    if found != major:
        message = (
            f"the database folder {data} was written by PostgreSQL {found}, and this Taskyard brings "
            f"PostgreSQL {major}: save it by `taskyard database export` of the Taskyard that wrote it, "
            "then load it by `taskyard database import` of this one"
        )
        raise EmbeddedError(message)


def version_of(data: Path) -> str:
    """The major version of PostgreSQL that wrote this cluster, where it is not damaged; raises OSError."""
    return (data / "PG_VERSION").read_text(errors="replace").strip()


def system_of(data: Path) -> str:
    """The number that tells this cluster from every other, as `pg_control_system()` gives it; raises OSError."""
    with (data / "global" / "pg_control").open("rb") as file:
        return str(int.from_bytes(file.read(8), sys.byteorder))


async def stop_orphan(data: Path) -> None:
    """Stop a server that outlived its Taskyard; we hold the lock, so nobody else can be using it."""
    server = _running_server(data)
    if server is None:
        return
    for number, patience in ORPHAN_SIGNALS:
        try:
            server.send_signal(number)
            await asyncio.to_thread(server.wait, patience)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            continue
        return


def server_options(sockets: Path, connections: int, spool: Path | None = None) -> list[str]:
    """Say how the server runs: on a private socket only, durable, modest with memory, quiet about values.

    ``spool`` is where it puts every finished segment of its log, to be archived from there.
    """
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": str(connections),
        "shared_buffers": "32MB",
        "huge_pages": "off",
        "io_method": "sync",
        "jit": "off",
        "fsync": "on",
        "wal_level": "replica",
        "max_wal_size": "512MB",
        "max_worker_processes": "4",
        "max_parallel_workers": "2",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # a refused INSERT is ordinary here, and its details would put personal data into a log file
        "log_min_messages": "fatal",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        **(_archiving(spool) if spool is not None else {}),
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _archiving(spool: Path) -> dict[str, str]:
    """Hand over by PostgreSQL's own module: durable, never over another file, tried again until it succeeds."""
    return {
        "archive_mode": "on",
        "archive_library": "basic_archive",
        "basic_archive.archive_directory": str(spool),
        "archive_timeout": f"{ARCHIVE_SECONDS}s",
    }


def last_complaint(log_path: Path, offset: int) -> str:
    """Find why the server ended, in what it wrote since the given byte offset."""
    with log_path.open("rb") as file:
        file.seek(offset)
        lines = file.read().decode(errors="replace").splitlines()
    serious = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or lines
    if not serious:
        return "it ended without a word"
    return serious[0].split("FATAL:")[-1].split("PANIC:")[-1].strip()


def will_pass(complaint: str) -> bool:
    """Say whether a failed start is the shadow of a killed server and worth another try."""
    return any(word in complaint for word in PASSING_TROUBLE)


async def _initialise(command: list[str], log_path: Path, user: ServerUser | None) -> None:
    log_path.unlink(missing_ok=True)
    uid, gid = (user.uid, user.gid) if user else (None, None)
    process = ChildProcess(
        Launch(command=command, output=log_path, user=uid, group=gid, environment=BARE_ENVIRONMENT), stdin=b""
    )
    try:
        code = await process.wait(0.02)
    except asyncio.CancelledError:
        process.kill()
        raise
    if code != 0:
        lines = log_path.read_text(errors="replace").strip().splitlines() or ["no reason given"]
        raise EmbeddedError(f"cannot create the database in {log_path.parent}: {lines[-1]}")


def _running_server(data: Path) -> psutil.Process | None:
    """Find the live server that the folder's pid file names; pids are reused, so its command is compared."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        server = psutil.Process(pid)
        belongs = str(data) in server.cmdline() and pid != os.getpid()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return server if belongs else None
