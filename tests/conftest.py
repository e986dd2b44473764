"""Real PostgreSQL and Valkey for every test: one cluster per test process, migrated once."""

import asyncio
import logging
import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import msgspec
import pytest
import structlog

from taskyard.kit import clock, logs, pool
from taskyard.kit.database import Database
from taskyard.kit.embedded.postgres import EmbeddedPostgres
from taskyard.kit.embedded.valkey import EmbeddedValkey
from taskyard.kit.log_output import LogFile
from taskyard.kit.migrations import migrate
from taskyard.kit.provision import derive_service_urls, provision, publish_service_keys
from tests.kit.object_store import ObjectStore, running_store


class Cluster(msgspec.Struct, frozen=True):
    """Addresses of the servers the tests run against."""

    owner_url: str
    redis_url: str
    master_key: bytes
    service_urls: dict[str, str]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """PostgreSQL and Valkey with every role and migration in place."""
    home: Path = tmp_path_factory.mktemp("cluster")
    master_key = secrets.token_bytes(32)
    postgres, valkey = EmbeddedPostgres(home), EmbeddedValkey(home)

    async def start() -> Cluster:
        owner_url = await postgres.start()
        await provision(owner_url, master_key)
        await migrate(owner_url)
        await publish_service_keys(owner_url, master_key)
        return Cluster(owner_url, await valkey.start(), master_key, derive_service_urls(owner_url, master_key))

    async def stop() -> None:
        await valkey.stop()
        await postgres.stop()

    with _background_loop() as loop:
        try:
            yield asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=60)
        finally:
            asyncio.run_coroutine_threadsafe(stop(), loop).result(timeout=60)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete the databases that a root run keeps outside pytest's own folder, where their user could not enter."""
    factory: pytest.TempPathFactory | None = getattr(config, "_tmp_path_factory", None)
    if factory is None or not factory._basetemp:
        return
    for pattern in ("*/postgres", "*/home/postgres", "*/lost/postgres"):
        for link in filter(Path.is_symlink, factory.getbasetemp().glob(pattern)):
            shutil.rmtree(link.resolve(), ignore_errors=True)


@contextmanager
def _background_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop of its own for the servers, which outlive the loop of any one test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
async def databases(cluster: Cluster) -> AsyncIterator[dict[str, Database]]:
    """One Database per role, as each service has it; ``owner`` may do everything."""
    urls = {**cluster.service_urls, "owner": cluster.owner_url}
    opened = {name: Database(url) for name, url in urls.items()}
    yield opened
    for database in opened.values():
        await database.close()


@pytest.fixture
def patient_pools(databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a crowd wait for connections for as long as a busy machine takes; a pool's own limits have their tests."""
    monkeypatch.setattr(pool, "BURST_SECONDS", 30)
    for database in databases.values():
        monkeypatch.setattr(database.pool, "_acquire_timeout", 30)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement sent to PostgreSQL, BEGIN and COMMIT apart; how many round trips it is with them is printed."""
    sent: list[str] = []
    trips = count()
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        original = getattr(asyncpg.Connection, name)

        async def recorded(self: object, sql: str, *args: object, _original: object = original) -> object:
            next(trips)
            if sql not in {"BEGIN", "COMMIT"}:
                sent.append(sql)
            return await _original(self, sql, *args)  # type: ignore[operator] # as getattr, which knows no type, gave it

        monkeypatch.setattr(asyncpg.Connection, name, recorded)
    yield sent
    print(f"{len(sent)} statements since the last look, {next(trips)} round trips in all")  # noqa: T201 - shown by pytest -s


@pytest.fixture
def redis_url(cluster: Cluster) -> str:
    """Where Valkey listens."""
    return cluster.redis_url


@pytest.fixture
def master_key(cluster: Cluster) -> bytes:
    """The key everything else is derived from."""
    return cluster.master_key


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3-compatible store in which every test has a bucket of its own."""
    with running_store() as store:
        yield store


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """Every test starts and ends in real time."""
    clock.reset()
    yield
    clock.reset()


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Logs of this process, in a file for one test; afterwards everything is as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    logs.configure("info", LogFile(tmp_path / "log"), "task")
    yield tmp_path / "log"
    logs.close()
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logs._Destination.writer = logs._Destination.on_error = None
    logs.bind_request("", "")
