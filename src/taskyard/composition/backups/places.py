"""What the commands have in common: where the backups are, who may touch them, which key was given."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from taskyard.composition.backups.archiving import backup_place
from taskyard.composition.boot import embedded_postgres
from taskyard.composition.progress import complain
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.full import HOME_FILE
from taskyard.kit.backup.keys import BackupKey, authenticity_key, read_key_file
from taskyard.kit.backup.local_log import LocalLog, find_local_log
from taskyard.kit.backup.store import Backup, Store, clusters_in
from taskyard.kit.backup.tars import read_files
from taskyard.kit.embedded.cluster import stop_orphan
from taskyard.kit.embedded.folders import ServerUser, lock, postgres_folder, prepare_home, server_user
from taskyard.kit.embedded.postgres import has_database, lock_database, major_version, programs, running_url
from taskyard.kit.keys import KeyFileError, load_master_key
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings, SettingsError

MASTER_KEY, PASSWORD, SETTINGS, DOTENV = "master.key", "postgres.password", "settings.env", "dotenv"


class Place(msgspec.Struct, frozen=True):
    """The folder of the embedded database, and how its programs are run."""

    folder: Path
    binaries: Path
    user: ServerUser | None

    def local_log(self) -> LocalLog:
        """What the stopped server still has of its log."""
        return find_local_log(self.folder, self.binaries)


def require_embedded(settings: Settings) -> None:
    """Refuse to back up a server that is not ours; raises SettingsError."""
    if settings.database_url is not None:
        raise SettingsError(
            f"{PREFIX}DATABASE_URL is set: an external PostgreSQL is backed up by its own tools "
            "(`taskyard database export` saves its content once)"
        )


def require_same_major(backup: Backup) -> None:
    """Refuse, before anything is unpacked, a backup of a PostgreSQL that is not here; raises BackupError."""
    if backup.postgres.partition(".")[0] != major_version():
        raise BackupError(
            f"backup {backup.id} is of PostgreSQL {backup.postgres}, and this Taskyard brings {major_version()}: "
            f"restore it with Taskyard {backup.taskyard}, then `taskyard database export` and `import`"
        )


def open_place(settings: Settings) -> Place:
    """Have the database's folder, made if need be; raises EmbeddedError."""
    prepare_home(settings.home)
    user = server_user()
    return Place(postgres_folder(settings.home, user), programs(user), user)


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let no other backup, verification or restore run on this home; raises EmbeddedError."""
    prepare_home(settings.home)
    descriptor = lock(settings.home / "backup.lock", "a backup or restore")
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.asynccontextmanager
async def attached(settings: Settings) -> AsyncIterator[str]:
    """Have the database running, ours or that of the Taskyard that runs already; gives the owner's URL."""
    if url := running_url(settings.home):
        yield url
        return
    async with started(settings) as url:
        yield url


@contextlib.asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[str]:
    """Have the database running for us alone; gives the owner's URL. Raises BackupError when there is none."""
    if not has_database(settings.home):
        raise BackupError(f"there is no database in {settings.home} yet")
    async with contextlib.AsyncExitStack() as stack:
        yield await embedded_postgres(settings, load_master_key(settings.master_key_path), stack, 1)


@contextlib.asynccontextmanager
async def stopped(settings: Settings) -> AsyncIterator[Place]:
    """Have the database's folder for us alone, with no server on it; raises EmbeddedError."""
    place = open_place(settings)
    descriptor = lock_database(settings.home)
    try:
        await stop_orphan(place.folder / "data")
        yield place
    finally:
        os.close(descriptor)


def read_identity(path: str) -> BackupKey:
    """Read the key file, or standard input for ``-``; raises BackupError."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"cannot read the key file {path}: {error}") from error
    except KeyboardInterrupt as error:
        raise BackupError("stopped: no key was given") from error
    return read_key_file(text, "the standard input" if path == "-" else path)


def open_store(settings: Settings, local: LocalLog, authenticity: bytes | None) -> Store:
    """Find the backups of the present database, or where there is none, those that were made last."""
    folder, _ = backup_place(settings)
    clusters = clusters_in(folder)
    if local.cluster in clusters:
        return Store(folder / str(local.cluster), authenticity)
    if not clusters:
        raise BackupError(f"there is no backup in {folder}")
    return Store(folder / clusters[-1], authenticity)


def known_authenticity(settings: Settings, key: BackupKey | None) -> bytes | None:
    """Find the key of seals and marks: in the key file, or derived from this home's master key."""
    if key is not None and key.authenticity is not None:
        return key.authenticity
    with contextlib.suppress(KeyFileError):
        return authenticity_key(load_master_key(settings.master_key_path))
    return None


def warn_of_damage(store: Store) -> None:
    """Say which backups cannot be used because their descriptions are damaged, and go on with the others."""
    for error in store.damaged():
        complain(f"warning: {error}")


def open_backup(store: Store, backup: Backup, key: BackupKey) -> tuple[Store, dict[str, bytes]]:
    """Decrypt the small files of a backup; gives the store as its own master key knows it, and the files.

    Without any other key of authenticity this finds damage, but not a forgery made with care.
    """
    store.check_file(backup, HOME_FILE)
    files = read_files(store.path_of(backup.id) / HOME_FILE, key.identities)
    if store.is_sealed:
        return store, files
    return Store(store.folder, authenticity_key(files[MASTER_KEY])), files
