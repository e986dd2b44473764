"""`taskyard backup verify`: reads everything, makes a database of one backup, and compares its rows."""

import msgspec

from taskyard.composition.backups.places import (
    PASSWORD,
    Place,
    alone,
    known_authenticity,
    open_backup,
    open_place,
    open_store,
    require_embedded,
    require_same_major,
)
from taskyard.composition.progress import say, step
from taskyard.kit.backup.archive import ArchivedFile
from taskyard.kit.backup.choice import Reach, known_moments, reach_in
from taskyard.kit.backup.errors import BackupError, WrongKeyError
from taskyard.kit.backup.exchange import clear
from taskyard.kit.backup.full import ATTACHMENTS_FILE, HOME_FILE, PROOF
from taskyard.kit.backup.keys import BackupKey
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.moments import shown_from
from taskyard.kit.backup.proof import Proof, connected, differences, prove
from taskyard.kit.backup.recovery import Target, Workshop
from taskyard.kit.backup.segments import is_needed, newest_history, number_of, segments_of
from taskyard.kit.backup.store import Backup, Store
from taskyard.kit.backup.tars import check_folder, read_files
from taskyard.kit.backup.threads import in_thread
from taskyard.kit.settings import Settings


async def verify_backup(settings: Settings, key: BackupKey, backup_id: str | None) -> None:
    """Verify the whole folder, and one backup (the newest) down to its rows; raises BackupError."""
    require_embedded(settings)
    place = open_place(settings)
    with alone(settings):
        known = open_store(settings, place.local_log(), known_authenticity(settings, key))
        _refuse_damage(known)
        reach = _find(known, backup_id)
        require_same_major(reach.backup)
        store, files = await in_thread(lambda: open_backup(known, reach.backup, key))
        async with step("Reading every file"):
            count = await in_thread(lambda: _read_everything(store, key))
        say(f"Read and authentic: {count}")
        proof = msgspec.json.decode(files[PROOF], type=Proof)
        async with step("Restoring into a scratch instance"):
            found = await _restore(place, store, reach, key, files[PASSWORD].decode())
    if differing := differences(proof, found):
        raise BackupError(f"backup {reach.backup.id} does not restore to what it was made of: {'; '.join(differing)}")
    rows = sum(table.rows for table in found.values())
    say(f"Backup {reach.backup.id}: {len(found)} tables with {rows} rows are exactly those of its moment")
    say(f"It can be restored from {shown_from(reach.backup.finished_at)} on.")


def _find(store: Store, backup_id: str | None) -> Reach:
    """Find a backup, and the log that leads to its end in its own history, even one that was left since."""
    for backup in reversed(store.backups()):
        if backup_id in {None, backup.id}:
            reach = reach_in(store, backup, backup.history, known_moments(store, LocalLog()))
            if reach is None:
                raise _useless(backup)
            return reach
    raise BackupError(f"there is no backup {backup_id} (`taskyard backup list` shows them)")


def _useless(backup: Backup) -> BackupError:
    return BackupError(f"backup {backup.id} is useless: its log is not in the archive")


def _read_everything(store: Store, key: BackupKey) -> str:
    """Read every file of every backup and of the log to its end; gives what that was in words."""
    _refuse_damage(store)
    backups = store.backups()
    for backup in backups:
        _check_backup(store, backup, key)
    files = store.archive.files()
    unread = [file.name for file in files.values() if not _check_file(store, file, backups, key)]
    _refuse_holes(store, backups, set(files))
    left = f" ({len(unread)} of them, which no backup needs, are for another key)" if unread else ""
    return f"{len(backups)} backups, {len(files)} files of the log{left}"


def _refuse_damage(store: Store) -> None:
    for error in store.damaged():
        raise error


def _check_backup(store: Store, backup: Backup, key: BackupKey) -> None:
    store.check_files(backup)
    read_files(store.path_of(backup.id) / HOME_FILE, key.identities)
    if ATTACHMENTS_FILE in backup.files:
        check_folder(store.path_of(backup.id) / ATTACHMENTS_FILE, key.identities)


def _check_file(store: Store, file: ArchivedFile, backups: list[Backup], key: BackupKey) -> bool:
    """Read a file of the log; False where the key is another one and no backup needs the file."""
    try:
        store.archive.check(file, key.identities)
    except WrongKeyError:
        if any(is_needed(file.name, *backup.beginning) for backup in backups):
            raise
        return False
    return True


def _refuse_holes(store: Store, backups: list[Backup], names: set[str]) -> None:
    """A hole in the log makes everything after it unreachable, until the next backup."""
    for backup in backups:
        if not store.run_of(backup, names, backup.history):
            raise _useless(backup)
    newest = backups[-1]
    for history in (newest.history, newest_history(names)):
        run = store.run_of(newest, names, history)
        if run and any(number_of(name) > number_of(run[-1]) for name in segments_of(history, names)):
            raise BackupError(f"the log has a hole after {run[-1]}: nothing later can be restored (make a backup now)")


async def _restore(place: Place, store: Store, reach: Reach, key: BackupKey, password: str) -> Proof:
    backup, folder = reach.backup, place.folder / "verification"
    clear(folder)
    try:
        workshop = Workshop(folder, place.binaries, place.user)
        await workshop.unpack(store, backup, key.identities, password)
        run = [name for name in reach.run if number_of(name) <= number_of(backup.last_segment)]
        needed = msgspec.structs.replace(reach, run=run)
        await in_thread(lambda: workshop.lay_out_log(store, needed, LocalLog(), key.identities))
        server = await workshop.recover(Target(history=backup.history, place=backup.restore_point))
        try:
            async with connected(server.url()) as connection:
                return await prove(connection)
        finally:
            await server.stop()
    finally:
        clear(folder)
