"""Migrations: each applied once, in order, never changed; safe from many places at once."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from taskyard.kit.migrations import MigrationError, migrate, pending, read_migrations
from tests.conftest import Cluster


@pytest.fixture
async def empty_database(cluster: Cluster) -> AsyncIterator[str]:
    name = f"empty_{secrets.token_hex(4)}"
    owner = await asyncpg.connect(cluster.owner_url)
    await owner.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(cluster.owner_url)._replace(path=f"/{name}"))
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await owner.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "log/0001_first.sql", "CREATE TABLE log.lines (id bigint PRIMARY KEY);")
    write(tmp_path, "task/0002_later.sql", "CREATE TABLE things (id bigint PRIMARY KEY);")
    write(tmp_path, "every_service/0001_shared.sql", "CREATE TABLE jobs (id bigint); GRANT SELECT ON jobs TO {role};")
    return tmp_path


async def test_files_run_once_in_the_order_of_their_numbers(empty_database: str, folder: Path) -> None:
    applied = await migrate(empty_database, folder=folder)
    assert applied[0] == "log/0001_first.sql"
    assert applied[-1] == "task/0002_later.sql"
    assert len(applied) == 6
    assert await migrate(empty_database, folder=folder) == []


async def test_shared_file_makes_a_table_in_each_service(empty_database: str, folder: Path) -> None:
    await migrate(empty_database, folder=folder)
    schemas = await fetch(empty_database, "SELECT schemaname AS name FROM pg_tables WHERE tablename = 'jobs'")
    assert {row["name"] for row in schemas} == {"auth", "project", "task", "notification"}


async def test_failing_file_leaves_nothing_behind(empty_database: str, folder: Path) -> None:
    write(folder, "log/0003_broken.sql", "CREATE TABLE log.half (id bigint); SELECT nothing_such();")
    with pytest.raises(MigrationError, match=r"log/0003_broken\.sql failed: .*nothing_such"):
        await migrate(empty_database, folder=folder)
    assert await fetch(empty_database, "SELECT FROM pg_tables WHERE tablename = 'half'") == []
    assert len(await fetch(empty_database, "SELECT FROM public.schema_migrations")) == 6


async def test_changed_file_is_refused(empty_database: str, folder: Path) -> None:
    await migrate(empty_database, folder=folder)
    write(folder, "log/0001_first.sql", "CREATE TABLE log.other (id bigint);")
    with pytest.raises(MigrationError, match="was changed after it was applied"):
        await migrate(empty_database, folder=folder)


async def test_simultaneous_runs_apply_everything_once(empty_database: str, folder: Path) -> None:
    runs = await asyncio.gather(*(migrate(empty_database, folder=folder) for _ in range(5)))
    assert sorted(len(run) for run in runs) == [0, 0, 0, 0, 6]


async def test_service_role_sees_that_nothing_is_pending(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.service_urls["notification"])
    assert await pending(connection) == []
    await connection.close()


async def test_forgotten_migration_is_pending(cluster: Cluster) -> None:
    owner = await asyncpg.connect(cluster.owner_url)
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("DELETE FROM public.schema_migrations WHERE title LIKE 'log/0001%'")
    assert [title[:8] for title in await pending(owner)] == ["log/0001"]
    await transaction.rollback()
    await owner.close()


def test_name_out_of_pattern_is_refused(folder: Path) -> None:
    write(folder, "log/first.sql", "")
    with pytest.raises(MigrationError, match=r"0001_words\.sql"):
        read_migrations(folder)


def write(folder: Path, name: str, sql: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(sql)


async def fetch(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()
