"""A full backup waits for its log for as long as the archive gets any."""

import asyncio
import os
from pathlib import Path

import pytest

from taskyard.kit.backup import full
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.segments import segment_name
from taskyard.kit.backup.store import Store
from tests.kit.backup.stored import archive


async def test_long_queue_of_log_is_waited_for_while_it_gets_shorter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full, "ARCHIVE_PATIENCE", 0.5)
    monkeypatch.setattr(full, "POLL", 0.01)
    store, last = Store(tmp_path / "7", b"key"), segment_name(1, 8)
    waiting = asyncio.create_task(full._wait_for(store, last))
    for number in range(1, 9):
        await asyncio.sleep(0.1)
        archive(store, tmp_path, segment_name(1, number))
        os.utime(store.archive.files()[segment_name(1, number)].path, (number, number))
    await waiting
    with pytest.raises(BackupError, match="no log was archived"):
        await full._wait_for(store, segment_name(1, 9))
