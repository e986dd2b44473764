"""The archive of the log: once, never over another, nothing lost while the disk is away, and told to monitoring."""

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from taskyard.kit.backup import age
from taskyard.kit.backup.archive import WalArchive
from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.segments import is_in_line, run_from, segment_name, segment_of
from taskyard.kit.backup.shipping import Server, Shipping
from taskyard.kit.backup.store import Store
from taskyard.kit.backup.watch import BackupWatch
from taskyard.kit.embedded.folders import server_user
from taskyard.kit.embedded.postgres import programs
from tests.kit.backup.stored import make

IDENTITY, RECIPIENT = age.generate()
IDENTITIES = (IDENTITY,)
FIRST = segment_name(1, 1)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / FIRST).write_bytes(b"log" * 1000)
    (tmp_path / "spool" / "archtemp.unfinished").touch()
    return tmp_path / "spool"


@pytest.fixture
def archive(tmp_path: Path) -> WalArchive:
    return WalArchive(tmp_path / "disk" / "1" / "wal", b"key")


def server(spool: Path) -> Server:
    return Server(written=spool.parent / "pg_wal", spool=spool, binaries=programs(server_user()))


def test_file_is_archived_once_and_leaves_the_spool(spool: Path, archive: WalArchive) -> None:
    content = (spool / FIRST).read_bytes()
    Shipping(server(spool), archive, RECIPIENT).ship()
    assert [path.name for path in spool.iterdir()] == ["archtemp.unfinished"]
    (spool / FIRST).write_bytes(content)
    Shipping(server(spool), archive, RECIPIENT).ship()
    assert list(archive.files()) == [FIRST]
    archive.check(archive.files()[FIRST], IDENTITIES)


def test_other_content_never_takes_the_place(spool: Path, archive: WalArchive) -> None:
    archive.put(spool / FIRST, RECIPIENT, 1)
    (spool / FIRST).write_bytes(b"other")
    with pytest.raises(BackupError, match="already with other content"):
        Shipping(server(spool), archive, RECIPIENT).ship()
    assert (spool / FIRST).exists()


def test_file_under_the_name_of_another_is_found(spool: Path, archive: WalArchive) -> None:
    archive.put(spool / FIRST, RECIPIENT, 1)
    path = archive.files()[FIRST].path
    path.rename(path.with_name(path.name.replace(FIRST, segment_name(1, 2))))
    with pytest.raises(DamagedError, match="not what its name says"):
        archive.check(archive.files()[segment_name(1, 2)], IDENTITIES)


async def test_nothing_is_lost_while_the_disk_is_away_and_monitoring_sees_it(
    spool: Path, archive: WalArchive, tmp_path: Path
) -> None:
    (tmp_path / "disk").touch()  # a file where the disk should be mounted
    shipping, watch = Shipping(server(spool), archive, RECIPIENT), Watch(tmp_path / "disk")
    running = asyncio.create_task(shipping.run())
    await asyncio.sleep(0.2)
    assert (spool / FIRST).exists()
    assert watch.archived_at() == 0
    (tmp_path / "disk").unlink()
    async with asyncio.timeout(10):
        while (spool / FIRST).exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.05)
    assert watch.archived_at() > 0
    shipping.end()
    await running


async def test_shipping_that_ends_ships_each_file_once(
    spool: Path, archive: WalArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spool / segment_name(1, 2)).write_bytes(b"log")
    put, shipped = archive.put, []

    def put_slowly(path: Path, recipient: str, moment: float) -> None:
        shipped.append(path.name)
        time.sleep(0.2)
        put(path, recipient, moment)

    monkeypatch.setattr(archive, "put", put_slowly)
    shipping = Shipping(server(spool), archive, RECIPIENT)
    running = asyncio.create_task(shipping.run())
    await asyncio.sleep(0.1)
    shipping.end()
    await running
    assert sorted(shipped) == [FIRST, segment_name(1, 2)]
    assert not list(spool.glob("0*"))


def test_file_reaches_until_the_server_wrote_it_and_not_until_it_was_copied(
    spool: Path, archive: WalArchive, tmp_path: Path
) -> None:
    (tmp_path / "pg_wal").mkdir()
    (tmp_path / "pg_wal" / FIRST).touch()
    os.utime(tmp_path / "pg_wal" / FIRST, (1_000_000, 1_000_000))
    Shipping(server(spool), archive, RECIPIENT).ship()
    (spool / segment_name(1, 2)).write_bytes(b"the server has used it up since")
    Shipping(server(spool), archive, RECIPIENT).ship()
    assert [file.moment for file in archive.files().values()] == [1_000_000, 1_000_000]


class Watch:
    """What monitoring is told of a backup folder."""

    def __init__(self, folder: Path) -> None:
        self._registry = CollectorRegistry()
        self._watch = BackupWatch(folder, registry=self._registry)

    def archived_at(self) -> float:
        self._watch.look()
        return self._registry.get_sample_value("taskyard_backup_log_archived_timestamp_seconds") or 0

    def finished_at(self) -> float:
        self._watch.look()
        return self._registry.get_sample_value("taskyard_backup_last_success_timestamp_seconds") or 0


def test_monitoring_is_told_when_the_last_backup_was_finished(tmp_path: Path) -> None:
    store = Store(tmp_path / "7", b"key")
    last = [make(store, day, into_the_second=timedelta(minutes=20)) for day in (1, 2)][-1]
    store.begin("20990101T000000Z")
    assert Watch(tmp_path).finished_at() == last.finished_at.timestamp()


@pytest.mark.parametrize(
    ("names", "newest", "run"),
    [
        ([(1, 1), (1, 2), (1, 4)], None, [(1, 1), (1, 2)]),
        ([(1, 1), (1, 2), (2, 2), (2, 3)], None, [(1, 1), (2, 2), (2, 3)]),
        ([(1, 1), (1, 2), (2, 2), (2, 3)], 1, [(1, 1), (1, 2)]),
        ([(1, 1), (1, 2), (1, 3), (2, 2)], None, [(1, 1), (2, 2)]),
        ([(1, 2)], None, []),
        ([(1, 255), (1, 1), (1, 256)], None, [(1, 1)]),
    ],
)
def test_run_has_no_hole_and_follows_the_newest_history(
    names: list[tuple[int, int]], newest: int | None, run: list[tuple[int, int]]
) -> None:
    found = run_from(FIRST, [segment_name(*name) for name in names], newest)
    assert found == [segment_name(*name) for name in run]


def test_backup_leads_only_to_histories_that_began_after_it() -> None:
    names = [segment_name(2, 5), segment_name(2, 6)]
    assert is_in_line(1, segment_name(1, 5), names)
    assert not is_in_line(1, segment_name(1, 6), names)
    assert is_in_line(1, segment_name(1, 6), names, newest=1)


def test_segment_of_a_position_is_the_one_postgresql_names() -> None:
    assert segment_of(1, "0/3000028") == "000000010000000000000003"
    assert segment_of(2, "1/FF000000") == "0000000200000001000000FF"


def test_pruning_keeps_what_a_backup_needs(spool: Path, archive: WalArchive) -> None:
    for number in (1, 2, 3):
        path = spool / segment_name(1, number)
        path.write_bytes(b"%d" % number)
        archive.put(path, RECIPIENT, number)
    assert archive.prune([(1, segment_name(1, 2))]) == 1
    assert sorted(archive.files()) == [segment_name(1, 2), segment_name(1, 3)]
    (spool / "00000002.history").touch()
    archive.put(spool / "00000002.history", RECIPIENT, 1)
    assert archive.prune([(2, segment_name(2, 2))]) == 2
    assert list(archive.files()) == ["00000002.history"]
