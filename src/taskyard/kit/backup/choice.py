"""Which backup leads to a moment, and from when to when each of them does."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.segments import last_moment, newest_history
from taskyard.kit.backup.store import Backup, Store


class Reach(msgspec.Struct, frozen=True):
    """A backup with the segments that lead on from it. Without any it cannot be restored in this history."""

    backup: Backup
    run: list[str]
    until: datetime | None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore will use."""

    backup: Backup
    run: list[str]
    history: int
    until: datetime


def reaches(store: Store, local: LocalLog, history: int | None = None) -> list[Reach]:
    """How far each backup leads, oldest first, with what the archive and the stopped server have."""
    moments = _moments(store, local)
    return [_reach(store, backup, moments, history) for backup in store.backups()]


def choose(store: Store, local: LocalLog, moment: datetime | None, history: int | None = None) -> Choice:
    """Find the newest backup that leads to a moment, or (None) to the end of the log.

    The history is the one that was named, or that of the present data, or the newest. Raises BackupError.
    """
    names = {*store.archive.files(), *local.files}
    history = history or local.history or newest_history(names)
    usable = [reach for reach in reaches(store, local, history) if reach.until is not None]
    if not usable:
        raise BackupError(f"there is no complete backup in {store.folder} that leads to history {history}")
    early = [reach for reach in usable if moment is None or reach.backup.finished_at <= moment]
    if not early:
        first = usable[0].backup.finished_at
        raise BackupError(f"that is before the first backup: the earliest moment is {_shown(first, up=True)}")
    best = early[-1]
    assert best.until is not None  # noqa: S101 - the unusable ones are gone
    if moment is not None and moment > best.until:
        raise BackupError(f"that is after the last change that is known: the latest moment is {_shown(best.until)}")
    return Choice(backup=best.backup, run=best.run, history=history, until=best.until)


def _moments(store: Store, local: LocalLog) -> dict[str, float]:
    return local.moments() | {name: float(file.moment) for name, file in store.archive.files().items()}


def _reach(store: Store, backup: Backup, moments: Mapping[str, float], history: int | None) -> Reach:
    run = store.run_of(backup, set(moments), history)
    return Reach(backup, run, datetime.fromtimestamp(last_moment(run, moments), UTC) if run else None)


def _shown(moment: datetime, *, up: bool = False) -> str:
    """A moment in whole seconds, rounded so that it can be asked for."""
    second = moment.replace(microsecond=0)
    if up and second < moment:
        second = datetime.fromtimestamp(second.timestamp() + 1, UTC)
    return second.isoformat().replace("+00:00", "Z")
