"""Which backup leads to a moment, and from when to when each of them does."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.moments import shown, shown_from
from taskyard.kit.backup.segments import last_moment, newest_history
from taskyard.kit.backup.store import Backup, Store


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A backup with the segments that lead on from it in a history, and until when they do."""

    backup: Backup
    history: int
    run: list[str]
    until: datetime


def known_moments(store: Store, local: LocalLog) -> dict[str, float]:
    """The files of the log that the archive and the stopped server have, and until when each reaches (Unix time)."""
    return local.moments() | {name: float(file.moment) for name, file in store.archive.files().items()}


def reach_in(store: Store, backup: Backup, history: int, moments: Mapping[str, float]) -> Reach | None:
    """How far a backup leads in a history; None when it does not lead there, or its log is incomplete."""
    run = store.run_of(backup, set(moments), history)
    if not run:
        return None
    return Reach(backup=backup, history=history, run=run, until=datetime.fromtimestamp(last_moment(run, moments), UTC))


def furthest(store: Store, backup: Backup, moments: Mapping[str, float]) -> Reach | None:
    """How far a backup leads in the newest history, or else in its own: one that was left can still be named."""
    newest = reach_in(store, backup, newest_history(moments), moments)
    return newest or reach_in(store, backup, backup.history, moments)


def choose(store: Store, local: LocalLog, moment: datetime | None, history: int | None = None) -> Reach:
    """Find the newest backup that leads to a moment, or (None) to the end of the log.

    The history is the one that was named, or that of the present data, or the newest. Raises BackupError.
    """
    moments = known_moments(store, local)
    history = history or local.history or newest_history(moments)
    usable = [reach for backup in store.backups() if (reach := reach_in(store, backup, history, moments))]
    if not usable:
        raise BackupError(f"there is no complete backup in {store.folder} that leads to history {history}")
    early = [reach for reach in usable if moment is None or reach.backup.finished_at <= moment]
    if not early:
        first = usable[0].backup.finished_at
        raise BackupError(f"that is before the first backup: the earliest moment is {shown_from(first)}")
    best = early[-1]
    if moment is not None and moment > best.until:
        raise BackupError(f"that is after the last change that is known: the latest moment is {shown(best.until)}")
    return best
