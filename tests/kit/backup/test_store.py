"""The backup folder: what was forged or exchanged is found, the oldest go first, half a backup is none."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from taskyard.kit.backup.choice import choose, furthest, known_moments
from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.moments import shown, shown_from
from taskyard.kit.backup.segments import segment_name
from taskyard.kit.backup.store import DESCRIPTION, DRAFT, Store, clusters_in
from tests.kit.backup.stored import BEGAN, archive, make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "7", b"key")


def test_changed_description_is_found(store: Store) -> None:
    path = store.path_of(make(store, 1).id) / DESCRIPTION
    path.write_text(path.read_text().replace("18.6", "18.7"))
    assert "its seal is wrong" in str(store.damaged()[0])
    assert store.backups() == []


def test_description_of_another_deployment_is_found(store: Store) -> None:
    make(Store(store.folder, b"other"), 1)
    assert "not written by this deployment" in str(store.damaged()[0])


def test_damaged_description_hides_no_other_backup(store: Store, tmp_path: Path) -> None:
    backups = [make(store, day) for day in (1, 2, 3, 4)]
    archive(store, tmp_path, *(segment_name(1, number) for number in (1, 2, 3, 4)))
    (store.path_of(backups[1].id) / DESCRIPTION).write_bytes(b"{")
    assert choose(store, LocalLog(), None).backup == backups[3]
    assert store.prune(2) == [backups[0]]
    assert store.backups() == backups[2:]
    assert [backups[1].id in str(error) for error in store.damaged()] == [True]


def test_description_in_another_format_is_not_guessed_at(store: Store) -> None:
    path = store.path_of(make(store, 1).id) / DESCRIPTION
    path.write_text(path.read_text().replace('"format": 1', '"format": 2, "more": 1'))
    assert "is written in format 2, and this Taskyard knows 1 only" in str(store.damaged()[0])


def test_file_of_another_backup_is_found(store: Store) -> None:
    first, second = make(store, 1), make(store, 2)
    (store.path_of(first.id) / "database").replace(store.path_of(second.id) / "database")
    with pytest.raises(DamagedError, match="database is damaged"):
        store.check_files(second)
    with pytest.raises(DamagedError, match="database is damaged"):
        store.check_files(first)


def test_draft_is_no_backup_and_goes_with_the_next(store: Store) -> None:
    store.begin("20270101T000000Z")
    assert store.backups() == []
    made = make(store, 1)
    assert [path.name for path in (store.folder / "full").iterdir()] == [made.id]


def test_half_deleted_backup_is_none(store: Store, tmp_path: Path) -> None:
    first, second = make(store, 1), make(store, 2)
    store.path_of(first.id).rename(store.path_of(first.id + DRAFT))
    assert store.backups() == [second]
    assert store.damaged() == []
    store.path_of(second.id).rename(store.path_of(second.id + DRAFT))
    assert clusters_in(tmp_path) == []


def test_oldest_backups_go_with_the_log_only_they_need(store: Store, tmp_path: Path) -> None:
    backups = [make(store, day) for day in (1, 2, 3)]
    archive(store, tmp_path, *(segment_name(1, number) for number in (1, 2, 3)))
    assert store.prune(2) == backups[:1]
    assert store.backups() == backups[1:]
    assert sorted(store.archive.files()) == [segment_name(1, 2), segment_name(1, 3)]


def test_newest_backup_before_the_moment_is_chosen(store: Store, tmp_path: Path) -> None:
    backups = [make(store, day) for day in (1, 2, 4)]
    archive(store, tmp_path, *(segment_name(1, number) for number in (1, 2, 3)))
    assert choose(store, LocalLog(), BEGAN + timedelta(days=3, hours=1)).backup == backups[1]
    assert choose(store, LocalLog(), None).backup == backups[1]  # the log of the third is not there
    with pytest.raises(BackupError, match="the earliest moment is 2027-02-11T12:00:00Z"):
        choose(store, LocalLog(), BEGAN)


def test_backup_of_a_history_that_was_left_is_not_chosen(store: Store, tmp_path: Path) -> None:
    first, left = make(store, 1), make(store, 3)
    archive(store, tmp_path, segment_name(1, 1), segment_name(1, 2), segment_name(1, 3), segment_name(2, 2))
    assert choose(store, LocalLog(), None).backup == first
    assert choose(store, LocalLog(), None, history=1).backup == left
    with pytest.raises(BackupError, match="no complete backup"):
        choose(Store(tmp_path / "8", b"key"), LocalLog(), None)


def test_backup_of_a_history_that_was_left_is_listed_with_its_own(store: Store, tmp_path: Path) -> None:
    first, left = make(store, 1), make(store, 3)
    archive(store, tmp_path, segment_name(1, 1), segment_name(1, 2), segment_name(1, 3), segment_name(2, 2))
    found = [furthest(store, backup, known_moments(store, LocalLog())) for backup in (first, left)]
    assert [reach and reach.history for reach in found] == [2, 1]


def test_first_moment_that_is_shown_is_not_too_early(store: Store, tmp_path: Path) -> None:
    backup = make(store, 1, into_the_second=timedelta(milliseconds=600))
    archive(store, tmp_path, segment_name(1, 1))
    first = datetime.fromisoformat(shown_from(backup.finished_at))
    assert choose(store, LocalLog(), first).backup == backup
    assert shown_from(first) == shown(first)


def test_cluster_with_the_newest_backup_is_last(tmp_path: Path) -> None:
    make(Store(tmp_path / "9", b"key"), 1)
    make(Store(tmp_path / "8", b"key"), 2)
    assert clusters_in(tmp_path) == ["9", "8"]
    with pytest.raises(BackupError, match="there is no backup folder"):
        clusters_in(tmp_path / "nowhere")
