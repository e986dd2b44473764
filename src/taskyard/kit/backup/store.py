"""The backup folder: for every database cluster its full backups and its archive of the write-ahead log.

``<folder>/<cluster>/full/<id>/`` holds the encrypted files of a backup and ``backup.json``, which says what they
must be and is sealed. Ids, moments and sizes can be read without a key, nothing else can.
"""

import hashlib
import hmac
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from taskyard.kit.backup.archive import WalArchive
from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.formats import require_format
from taskyard.kit.backup.segments import is_in_line, run_from
from taskyard.kit.backup.streams import FileDigest, digest_of, sync_folder

DESCRIPTION = "backup.json"
DRAFT = ".partial"
FORMAT = 1


class Backup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a full backup says of itself. It can be restored from ``finished_at`` on."""

    format: int = FORMAT
    id: str
    cluster: str
    history: int
    first_segment: str
    last_segment: str
    started_at: datetime
    finished_at: datetime
    postgres: str
    taskyard: str
    recipient: str
    files: dict[str, FileDigest]
    seal: str = ""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files.values())

    @property
    def beginning(self) -> tuple[int, str]:
        """The history and the segment from which on it needs the log."""
        return self.history, self.first_segment

    @property
    def restore_point(self) -> str:
        """Name of the place in the log whose rows its proof describes."""
        return f"taskyard-{self.id}"


class Store:
    """The backups and the log of one cluster."""

    def __init__(self, folder: Path, authenticity: bytes | None) -> None:
        """Remember the cluster's folder and the key of seals and marks."""
        self.folder = folder
        self._authenticity = authenticity
        self.archive = WalArchive(folder / "wal", authenticity)

    @property
    def is_sealed(self) -> bool:
        """Whether seals and marks can be checked."""
        return self._authenticity is not None

    def backups(self) -> list[Backup]:
        """Every backup that was finished and whose description is whole, oldest first."""
        return [found for found in self._descriptions() if isinstance(found, Backup)]

    def damaged(self) -> list[DamagedError]:
        """What is wrong with the descriptions that are not whole; the other backups are as good as before."""
        return [found for found in self._descriptions() if isinstance(found, DamagedError)]

    def read(self, backup_id: str) -> Backup:
        """What one backup says of itself; raises DamagedError when that was changed and the seal can be checked."""
        path = self.path_of(backup_id) / DESCRIPTION
        try:
            content = path.read_bytes()
            require_format(content, FORMAT, str(path))
            backup = msgspec.json.decode(content, type=Backup)
        except (OSError, msgspec.MsgspecError) as error:
            raise DamagedError(f"{path} is damaged: {error}") from error
        if self._authenticity is not None and not hmac.compare_digest(self._seal(backup), backup.seal):
            raise DamagedError(f"{path} is damaged or was not written by this deployment: its seal is wrong")
        if backup.id != backup_id:
            raise DamagedError(f"{path} is the description of another backup")
        return backup

    def path_of(self, backup_id: str) -> Path:
        """Where the files of a backup are."""
        return self.folder / "full" / backup_id

    def begin(self, backup_id: str) -> Path:
        """Make the folder of a new backup; it is no backup before it is published."""
        for leftover in self.folder.glob(f"full/*{DRAFT}"):
            shutil.rmtree(leftover)
        draft = self.path_of(backup_id + DRAFT)
        draft.mkdir(mode=0o700, parents=True)
        return draft

    def publish(self, draft: Path, backup: Backup) -> Backup:
        """Seal the description and give the folder its final name, in one step and for good."""
        sealed = msgspec.structs.replace(backup, seal=self._seal(backup))
        with (draft / DESCRIPTION).open("xb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(sealed)))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(draft)
        draft.rename(self.path_of(backup.id))
        sync_folder(draft.parent)
        return sealed

    def check_files(self, backup: Backup) -> None:
        """Compare every file with the description; raises DamagedError."""
        for name in backup.files:
            self.check_file(backup, name)

    def check_file(self, backup: Backup, name: str) -> None:
        """Compare one file with the description; raises DamagedError."""
        path = self.path_of(backup.id) / name
        try:
            found = digest_of(path)
        except OSError as error:
            raise DamagedError(f"{path} is damaged: it cannot be read ({error.strerror})") from error
        if backup.files.get(name) != found:
            raise DamagedError(f"{path} is damaged: it is not what {DESCRIPTION} says")

    def prune(self, keep: int) -> list[Backup]:
        """Delete all but the newest backups, and the log that only those needed; gives what went."""
        backups = self.backups()
        old, kept = backups[:-keep], backups[-keep:]
        for backup in old:
            leaving = self.path_of(backup.id + DRAFT)
            self.path_of(backup.id).rename(leaving)
            shutil.rmtree(leaving)
        if old:
            self.archive.prune([backup.beginning for backup in kept])
        return old

    def run_of(self, backup: Backup, names: set[str], history: int) -> list[str]:
        """The segments that lead on from a backup without a hole; none when it does not lead to a history."""
        if backup.history > history or not is_in_line(backup.history, backup.last_segment, names, history):
            return []
        run = run_from(backup.first_segment, names, history)
        return run if any(name[8:] == backup.last_segment[8:] for name in run) else []

    def _descriptions(self) -> Iterator[Backup | DamagedError]:
        for backup_id in sorted(path.parent.name for path in _finished(self.folder)):
            try:
                yield self.read(backup_id)
            except DamagedError as error:
                yield error

    def _seal(self, backup: Backup) -> str:
        text = msgspec.json.encode(msgspec.structs.replace(backup, seal=""))
        return hmac.new(self._authenticity or b"", text, hashlib.sha256).hexdigest()


def _finished(cluster: Path) -> list[Path]:
    """The descriptions of backups; what an interruption left half made or half deleted has none that counts."""
    return [path for path in cluster.glob(f"full/*/{DESCRIPTION}") if not path.parent.name.endswith(DRAFT)]


def clusters_in(folder: Path) -> list[str]:
    """The clusters that have a finished backup, the one with the newest last; raises BackupError."""
    if not folder.is_dir():
        raise BackupError(f"there is no backup folder {folder} (TASKYARD_BACKUP_FOLDER names it)")
    found = [(path.parent.name, cluster.name) for cluster in folder.iterdir() for path in _finished(cluster)]
    return list(dict.fromkeys(cluster for _, cluster in sorted(found, reverse=True)))[::-1]
