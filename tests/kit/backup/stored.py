"""Backups and segments on a disk, a day apart, without any database."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from taskyard.kit.backup import age
from taskyard.kit.backup.moments import stamped
from taskyard.kit.backup.segments import SEGMENT, number_of, segment_name
from taskyard.kit.backup.store import Backup, Store
from taskyard.kit.backup.streams import write_encrypted

RECIPIENT = age.generate()[1]
BEGAN = datetime(2027, 2, 10, 12, tzinfo=UTC)


def make(
    store: Store, day: int, *, history: int = 1, into_the_second: timedelta = timedelta(), postgres: str = "18.6"
) -> Backup:
    """A finished backup that begins with the segment of its day and needs that one only."""
    at, segment = BEGAN + timedelta(days=day), segment_name(history, day)
    backup_id = stamped(at)
    draft = store.begin(backup_id)
    files = {"database": write_encrypted(io.BytesIO(b"%d" % day), draft / "database", RECIPIENT)}
    backup = Backup(
        id=backup_id,
        cluster="7",
        history=history,
        first_segment=segment,
        last_segment=segment,
        started_at=at,
        finished_at=at + into_the_second,
        postgres=postgres,
        taskyard="1",
        recipient=RECIPIENT,
        files=files,
    )
    return store.publish(draft, backup)


def archive(store: Store, folder: Path, *names: str, recipient: str = RECIPIENT) -> None:
    """Files of the log, each segment written to until the end of its day."""
    for name in names:
        (folder / name).write_bytes(name.encode())
        days = number_of(name) if SEGMENT.fullmatch(name) else 0
        written = (BEGAN + timedelta(days=days, hours=23)).timestamp()
        store.archive.put(folder / name, recipient, written)
