"""The test stand: PostgreSQL, Valkey, Taskyard and the floor, each on the core it belongs on.

The measured process has one core for itself; the database, the cache and the load share the other.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.request import urlopen

import asyncpg
import msgspec
import psutil

from taskyard.kit.embedded import EmbeddedPostgres, EmbeddedValkey
from taskyard.kit.keys import load_or_create_master_key
from taskyard.kit.migrations import migrate
from taskyard.kit.provision import derive_service_urls, provision

ROOT = Path(__file__).resolve().parent.parent
MEASURED_CORE = 0
OTHER_CORE = 1 if (os.cpu_count() or 1) > 1 else 0
START_SECONDS = 60.0
TASKYARD_PORT, SPLIT_PORT, SEVERAL_PORT, FLOOR_PORT = 21_300, 21_320, 21_340, 21_390


class Stores(msgspec.Struct, frozen=True):
    """The database and the cache, started for this run alone."""

    home: Path
    owner_url: str
    redis_url: str
    task_url: str
    """The database as the task service sees it."""


class Server(msgspec.Struct, frozen=True):
    """One measured process, alone on its core."""

    name: str
    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def memory_megabytes(self) -> float:
        """Its own memory and its share of what it shares."""
        return psutil.Process(self.pid).memory_full_info().pss / 1e6


@asynccontextmanager
async def stores(home: Path) -> AsyncIterator[Stores]:
    """PostgreSQL and Valkey with every role and migration in place, on the other core."""
    home.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs
    master = load_or_create_master_key(home / "master.key")
    postgres, valkey = EmbeddedPostgres(home), EmbeddedValkey(home)
    try:
        owner_url = await postgres.start()
        redis_url = await valkey.start()
        await provision(owner_url, master)
        await migrate(owner_url)
        for child in psutil.Process().children(recursive=True):
            pin(child.pid, OTHER_CORE)
        yield Stores(home, owner_url, redis_url, derive_service_urls(owner_url, master)["task"])
    finally:
        await valkey.stop()
        await postgres.stop()


@contextmanager
def taskyard(beside: Stores, port: int = TASKYARD_PORT) -> Iterator[Server]:
    """Taskyard as its users start it: one process, limits counted, the access log in a file."""
    with _running("taskyard", ["taskyard", "up"], _settings(beside, port), f"http://127.0.0.1:{port}") as server:
        yield server


@contextmanager
def split(beside: Stores, port: int = SPLIT_PORT) -> Iterator[Server]:
    """The same as five services and a worker; the process is their parent."""
    command = ["taskyard", "up", "--split"]
    with _running("split", command, _settings(beside, port), f"http://127.0.0.1:{port}") as server:
        yield server


@contextmanager
def several(beside: Stores, workers: int) -> Iterator[Server]:
    """The same as equal processes on one port; the process is their parent."""
    command, port = ["taskyard", "up", "--workers", str(workers)], SEVERAL_PORT
    with _running("several", command, _settings(beside, port), f"http://127.0.0.1:{port}") as server:
        yield server


def _settings(beside: Stores, port: int) -> dict[str, str]:
    return {
        "TASKYARD_HOME": str(beside.home),
        "TASKYARD_PORT": str(port),
        "TASKYARD_DATABASE_URL": beside.owner_url,
        "TASKYARD_REDIS_URL": beside.redis_url,
        "TASKYARD_LIMITS": "off",
        "TASKYARD_LOG_FILE": str(beside.home / f"taskyard-{port}.log"),
    }


@contextmanager
def floor(beside: Stores) -> Iterator[Server]:
    """The same framework without anything around it."""
    settings = {"FLOOR_DATABASE_URL": beside.task_url}
    command = ["benchmarks.floor", str(FLOOR_PORT)]
    with _running("floor", command, settings, f"http://127.0.0.1:{FLOOR_PORT}") as server:
        yield server


async def analyse(beside: Stores) -> None:
    """Let the planner know what was loaded, as it would after a while."""
    connection = await asyncpg.connect(beside.owner_url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def cpu_of_database() -> float:
    """User and system time of PostgreSQL so far, ended connections included."""
    spent = 0.0
    for child in psutil.Process().children(recursive=True):
        with _gone_is_fine():
            times = child.cpu_times()
            if child.name().startswith("postgres"):
                spent += times.user + times.system + times.children_user + times.children_system
    return spent


@contextmanager
def _running(name: str, module: list[str], settings: dict[str, str], url: str) -> Iterator[Server]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TASKYARD_")}
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env={**kept, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **settings},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_answering(process, url)
        pin(process.pid, MEASURED_CORE)
        yield Server(name, url, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_answering(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            urlopen(url, timeout=1).close()  # noqa: S310 - our own address
        except OSError as error:
            if hasattr(error, "code"):  # it answers, if only to refuse
                return
        else:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url} does not answer")
        time.sleep(0.1)


def pin(pid: int, core: int) -> None:
    """Keep every thread of a process, and what it starts from now on, on one core."""
    if sys.platform != "linux":
        return
    with _gone_is_fine():
        for thread in psutil.Process(pid).threads():
            os.sched_setaffinity(thread.id, {core})


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except (ProcessLookupError, psutil.NoSuchProcess):
        return


async def figure_of(module: str) -> float:
    """The one figure that a program of ours prints, alone on the measured core. Raises RuntimeError when it fails."""
    paths = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return float(await run_pinned([sys.executable, "-m", module], paths, core=MEASURED_CORE))


async def run_pinned(command: list[str], environment: dict[str, str], *, core: int = OTHER_CORE) -> str:
    """What a program prints, run on one core. Raises RuntimeError when it fails."""
    pinned = ["taskset", "--cpu-list", str(core)] if sys.platform == "linux" else []
    process = await asyncio.create_subprocess_exec(
        *pinned,
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {errors.decode()[-500:]}")
    return output.decode()
