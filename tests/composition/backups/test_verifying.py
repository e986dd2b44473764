"""Verification: what counts as a hole in the log."""

from pathlib import Path

import pytest

from taskyard.composition.backups.places import require_same_major
from taskyard.composition.backups.verifying import _refuse_holes
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.segments import segment_name
from taskyard.kit.backup.store import Store
from tests.kit.backup.stored import make


def test_backup_of_another_major_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    backup = make(Store(tmp_path, b"key"), 1, postgres="17.4")
    with pytest.raises(BackupError, match=r"is of PostgreSQL 17\.4, and this Taskyard brings"):
        require_same_major(backup)


@pytest.mark.parametrize(
    ("names", "hole"),
    [
        ([(1, 1), (1, 2)], None),
        ([(1, 1), (1, 3)], 1),
        ([(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (2, 4), (2, 5)], None),  # restored to an earlier moment
        ([(1, 1), (1, 2), (1, 3), (2, 2), (2, 4)], 2),
        ([(1, 2)], 0),
    ],
)
def test_hole_is_one_in_the_line_of_the_newest_backup(
    names: list[tuple[int, int]], hole: int | None, tmp_path: Path
) -> None:
    store = Store(tmp_path, b"key")
    backups, found = [make(store, 1)], {segment_name(*name) for name in names}
    if hole is None:
        _refuse_holes(store, backups, found)
        return
    with pytest.raises(BackupError, match=f"hole after 0.*{hole}:" if hole else "useless"):
        _refuse_holes(store, backups, found)
