"""The log within reach of a recovery: what it needs, and the numbers of histories that are taken."""

from pathlib import Path

import pytest

from taskyard.kit.backup import age
from taskyard.kit.backup.choice import known_moments, reach_in
from taskyard.kit.backup.errors import WrongKeyError
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.recovery import TAKEN, Workshop
from taskyard.kit.backup.segments import segment_name
from taskyard.kit.backup.store import Store
from tests.kit.backup.stored import archive, make

NEW_KEY, NEW_RECIPIENT = age.generate()


def test_history_for_an_old_key_stops_only_a_recovery_that_needs_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "7", b"key")
    backups = [make(store, 1), make(store, 3, history=2)]
    archive(store, tmp_path, "00000002.history")  # for the old key
    archive(store, tmp_path, *(segment_name(1, 1), segment_name(2, 2), segment_name(2, 3)), recipient=NEW_RECIPIENT)
    old, new = (reach_in(store, backup, 2, known_moments(store, LocalLog())) for backup in backups)
    assert old is not None
    assert new is not None
    workshop = Workshop(tmp_path / "new", tmp_path, None)
    workshop.lay_out_log(store, new, LocalLog(), (NEW_KEY,))
    names = sorted(path.name for path in (tmp_path / "new" / "wal").iterdir())
    assert names == ["00000002.history", f"{segment_name(2, 3)}.gz"]
    assert (tmp_path / "new" / "wal" / "00000002.history").read_bytes() == TAKEN
    with pytest.raises(WrongKeyError):
        Workshop(tmp_path / "old", tmp_path, None).lay_out_log(store, old, LocalLog(), (NEW_KEY,))
