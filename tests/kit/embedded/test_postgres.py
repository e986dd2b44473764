"""The embedded PostgreSQL: private, durable, and clear about what is wrong with its folder."""

import asyncio
import fcntl
import os
import signal
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from taskyard.kit.backup.commits import last_commit
from taskyard.kit.embedded import EmbeddedError, EmbeddedPostgres, cluster
from taskyard.kit.embedded.cluster import check, last_complaint, will_pass
from taskyard.kit.embedded.folders import is_locked, lock, server_user
from taskyard.kit.embedded.postgres import programs, running_url

pytestmark = pytest.mark.slow


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path)
    yield server
    await server.stop()


async def test_second_start_finds_the_data(server: EmbeddedPostgres, tmp_path: Path) -> None:
    await run(await server.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    await server.stop()
    again = EmbeddedPostgres(tmp_path)
    assert await run(await again.start(), "SELECT answer FROM kept") == 42
    await again.stop()


async def test_nothing_listens_on_the_network_and_nobody_enters_without_password(server: EmbeddedPostgres) -> None:
    url = await server.start()
    assert await run(url, "SHOW listen_addresses") == ""
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await run(url.replace(urlsplit(url).password or "", "guess"), "SELECT 1")


async def test_files_are_private(server: EmbeddedPostgres, tmp_path: Path) -> None:
    await server.start()
    folder = (tmp_path / "postgres").resolve()
    assert stat.S_IMODE(tmp_path.stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600


async def test_second_server_on_the_same_folder_is_refused(server: EmbeddedPostgres, tmp_path: Path) -> None:
    await server.start()
    with pytest.raises(EmbeddedError, match="another Taskyard is already running"):
        await EmbeddedPostgres(tmp_path).start()


async def test_running_server_is_found_once_it_is_ready(server: EmbeddedPostgres, tmp_path: Path) -> None:
    assert running_url(tmp_path) is None
    url = await server.start()
    assert running_url(tmp_path) == url
    pid_file = (tmp_path / "postgres").resolve() / "data" / "postmaster.pid"
    whole = pid_file.read_text()
    for lines in (None, 0, 1, 5, 7):
        pid_file.unlink() if lines is None else pid_file.write_text("\n".join(whole.splitlines()[:lines]))
        with pytest.raises(EmbeddedError, match="is starting"):
            running_url(tmp_path)
    pid_file.write_text(whole)


def test_look_at_a_lock_is_no_reason_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not is_locked(path)  # by another look
    monkeypatch.setattr("time.sleep", lambda _: os.close(looking))
    os.close(lock(path, "nothing"))


async def test_killed_server_comes_back_with_what_was_committed(server: EmbeddedPostgres, tmp_path: Path) -> None:
    url = await server.start()
    await run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postmaster(tmp_path), signal.SIGKILL)
    assert await eventually(url, "SELECT answer FROM kept") == 42


async def test_orphan_of_a_killed_parent_is_replaced(server: EmbeddedPostgres, tmp_path: Path) -> None:
    await server.start()
    orphan = postmaster(tmp_path)
    forget(server)
    again = EmbeddedPostgres(tmp_path)
    assert await run(await again.start(), "SELECT 1") == 1
    assert postmaster(tmp_path) != orphan
    await again.stop()


async def test_segment_ends_on_time_and_waits_under_the_name_of_its_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ARCHIVE_SECONDS", 1)
    server = EmbeddedPostgres(tmp_path, archiving=True)
    url = await server.start()
    await run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    system = await run(url, "SELECT system_identifier::text FROM pg_control_system()")
    spool = tmp_path / "postgres" / "spool" / str(system)
    async with asyncio.timeout(20):
        while not (segments := sorted(spool.glob("0*"))):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.1)
    assert 0 <= time.time() - last_commit(segments[0], programs(server_user())) < 60
    await server.stop()


async def test_interrupted_restore_is_not_taken_for_a_first_start(server: EmbeddedPostgres, tmp_path: Path) -> None:
    await server.start()
    await server.stop()
    data = (tmp_path / "postgres").resolve() / "data"
    data.rename(data.with_name("data.before-20270210T140305Z"))
    (data.parent / "data.postgresql-17-20260101T000000Z").mkdir()
    with pytest.raises(EmbeddedError, match=r"but data\.before-20270210T140305Z is there: a restore or an import was"):
        await server.start()


async def test_long_folder_name_gets_a_short_socket(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 30))
    assert await run(await server.start(), "SELECT 1") == 1
    await server.stop()


async def test_damage_is_one_clear_line(server: EmbeddedPostgres, tmp_path: Path) -> None:
    await server.start()
    await server.stop()
    data = (tmp_path / "postgres").resolve() / "data"
    (data / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError) as caught:
        await server.start()
    assert "\n" not in str(caught.value)
    assert str(data) in str(caught.value)


def test_folder_of_another_major_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="written by PostgreSQL 15"):
        check(tmp_path, "18")


def test_folder_without_version_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(EmbeddedError, match="damaged"):
        check(tmp_path, "18")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\0\0"])
def test_folder_with_a_destroyed_version_is_damaged(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_bytes(content)
    with pytest.raises(EmbeddedError, match="is damaged"):
        check(tmp_path, "18")


def test_complaint_is_the_first_fatal_line_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("FATAL:  old\n")
    offset = log.stat().st_size
    with log.open("a") as file:
        file.write('LOG:  hello\n2026 FATAL:  lock file "postmaster.pid" already exists\nFATAL:  second\n')
    complaint = last_complaint(log, offset)
    assert complaint == 'lock file "postmaster.pid" already exists'
    assert will_pass(complaint)


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def forget(server: EmbeddedPostgres) -> None:
    """Lose the server the way a killed parent does: nobody watches it and the lock is free."""
    assert server._watch is not None
    assert server._lock is not None
    server._watch.cancel()
    os.close(server._lock)
    server._lock = None


async def run(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def eventually(url: str, sql: str) -> object:
    async with asyncio.timeout(20):
        while True:
            try:
                return await run(url, sql)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
