"""Moving: everything arrives on another server, the order of events with it, or nothing does."""

import asyncio
import os
from pathlib import Path
from typing import IO

import asyncpg
import pytest

from taskyard.composition import commands
from taskyard.composition.backups import moving
from taskyard.kit.backup import age
from taskyard.kit.backup.proof import Proof
from taskyard.kit.embedded import EmbeddedPostgres
from taskyard.kit.queries.moving import list_tables_in_order
from tests.composition.backups.external import external_server
from tests.conftest import Cluster

SEED = """
    INSERT INTO log.events (type, resource_id, version, origin, request_id, at, data, changes)
    SELECT 'thing.made.v1', gen_random_uuid(), n, 'api', 'é' || n, '2026-01-02T03:04:05.678901Z', '{"a": [1]}', '{}'
      FROM generate_series(1, 3) AS n;
    INSERT INTO log.positions (position, event_id) SELECT id, id FROM log.events;
    UPDATE log.head SET epoch = 77, last_position = 3;
    INSERT INTO project.access (workspace_id, project_id, subject_id, permissions)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1 FROM generate_series(1, 3)
"""
LOOK = "SELECT (SELECT epoch FROM log.head), (SELECT array_agg(request_id ORDER BY position) FROM log.events_v1)"
NEXT = """
    INSERT INTO log.events (type, resource_id, version, origin, request_id, at, data, changes)
    VALUES ('thing.made.v1', gen_random_uuid(), 1, 'api', 'next', '2026-01-02T03:04:05Z', '{}', '{}') RETURNING id
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("TASKYARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKYARD_HOME", str(tmp_path / "home"))
    assert commands.main(["migrate"]) == 0
    embedded(tmp_path / "home", SEED)
    return tmp_path / "home"


def embedded(home: Path, sql: str) -> list[asyncpg.Record]:
    """Ask the embedded database of a home."""

    async def ask() -> list[asyncpg.Record]:
        server = EmbeddedPostgres(home)
        try:
            return await fetch(await server.start(), sql)
        finally:
            await server.stop()

    return asyncio.run(ask())


async def fetch(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return [] if sql == SEED and await connection.execute(sql) else await connection.fetch(sql)
    finally:
        await connection.close()


@pytest.mark.slow
def test_content_moves_to_an_external_server_and_goes_on_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.main(["database", "export", "out", "--plain"]) == 0
    with external_server() as url:
        monkeypatch.setenv("TASKYARD_DATABASE_URL", url)
        assert commands.main(["database", "import", "out"]) == 0
        assert [tuple(row) for row in asyncio.run(fetch(url, LOOK))] == [(77, ["é1", "é2", "é3"])]
        assert asyncio.run(fetch(url, NEXT))[0]["id"] == 4
        assert commands.main(["migrate"]) == 0
    assert home.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_import_into_a_database_with_content_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert commands.main(["database", "export", "out"]) == 1
    assert "TASKYARD_BACKUP_RECIPIENT is not set" in capsys.readouterr().err
    assert commands.main(["backup", "key"]) == 0
    printed = capsys.readouterr()
    Path("key").write_text(printed.out)
    monkeypatch.setenv("TASKYARD_BACKUP_RECIPIENT", printed.err.strip().rpartition("=")[2])
    assert commands.main(["database", "export", "out"]) == 0
    assert commands.main(["database", "import", "out"]) == 1
    assert "--identity names the private key" in capsys.readouterr().err
    assert commands.main(["database", "import", "out", "--identity", "key"]) == 1
    assert "the database is not empty" in capsys.readouterr().err


@pytest.mark.slow
def test_data_of_another_postgresql_makes_room_only_for_a_whole_import(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["database", "export", "out", "--plain"]) == 0
    Path("cut").write_bytes(Path("out").read_bytes()[:-30_000])
    version, password = home / "postgres" / "data" / "PG_VERSION", (home / "postgres" / "password").read_text()
    present = version.read_text()
    version.write_text("17\n")
    (home / "postgres" / "data.before-20200101T000000Z").mkdir()
    assert commands.main(["migrate"]) == 1
    assert "`taskyard database export`" in capsys.readouterr().err
    assert commands.main(["database", "import", "cut"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert version.read_text() == "17\n"
    assert (home / "postgres" / "password").read_text() == password
    assert commands.main(["database", "import", "out"]) == 0
    assert [tuple(row) for row in embedded(home, LOOK)] == [(77, ["é1", "é2", "é3"])]
    # and what was moved aside comes back by one rename
    (old,) = (home / "postgres").glob("data.postgresql-17-*")
    (home / "postgres" / "data").rename(home / "postgres" / "away")
    (old / "PG_VERSION").write_text(present)
    old.rename(home / "postgres" / "data")
    assert [tuple(row) for row in embedded(home, LOOK)] == [(77, ["é1", "é2", "é3"])]


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_export_archives_the_log_that_it_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TASKYARD_BACKUP_FOLDER", str(tmp_path / "disk"))
    monkeypatch.setenv("TASKYARD_BACKUP_RECIPIENT", age.generate()[1])
    assert commands.main(["database", "export", "out"]) == 0
    assert list((tmp_path / "disk").glob("*/wal/*/*.gz.age"))


async def test_target_that_cannot_be_written_ends_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def write_much(_: str, sink: IO[bytes], __: str, ___: Path) -> Proof:
        sink.write(bytes(1_000_000))
        return {}

    monkeypatch.setattr(moving, "write_content", write_much)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        await moving._write("", tmp_path / "nowhere" / "out", age.generate()[1], tmp_path / "scratch")


async def test_table_comes_after_those_it_refers_to(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.owner_url)
    order = [table.title for table in await list_tables_in_order(connection)]
    await connection.close()
    assert order.index("auth.people") < order.index("auth.sessions")
    assert order.index("project.workspaces") < order.index("project.roles") < order.index("project.members")
