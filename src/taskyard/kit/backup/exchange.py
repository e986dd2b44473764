"""The last step of a restore or an import: the new data takes the place of the present, which is moved aside."""

import os
import shutil
import tempfile
from pathlib import Path

from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.streams import sync_folder
from taskyard.kit.embedded.postgres import adopt_password, carry_password
from taskyard.kit.keys import KeyFileError, load_master_key


def exchange(folder: Path, workshop: Path, name: str) -> Path | None:
    """Put the data of a workshop in place, and what was there aside under a name; gives where that is.

    Each carries its owner's password inside, so that it can be put back by renaming it. Interrupted between the
    two renames, the next start refuses to begin with an empty database.
    """
    data, aside = folder / "data", None
    carry_password(workshop)
    if data.exists():
        carry_password(folder)
        aside = folder / name
        data.rename(aside)
    (workshop / "data").rename(data)
    adopt_password(folder)
    sync_folder(folder)
    return aside


def holds_key(path: Path, key: bytes) -> bool:
    """Say whether a file holds this master key, in whichever form."""
    try:
        return load_master_key(path) == key
    except KeyFileError:
        return False


def check_replaceable(path: Path) -> None:
    """Make sure, before anything is done, that a file can be moved aside and written anew; raises BackupError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise BackupError(f"{path} is not the backup's and cannot be replaced: {error.strerror}") from error
    if os.path.ismount(path):
        raise BackupError(f"{path} is not the backup's and cannot be replaced: it is mounted")


def write_private(path: Path, content: bytes, stamp: str) -> Path | None:
    """Write a file of the state folder; another one of that name is moved aside, and where to is given."""
    aside = None
    if path.exists():
        if path.read_bytes() == content:
            return None
        aside = path.with_name(f"{path.name}.before-{stamp}")
        path.rename(aside)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return aside


def clear(workshop: Path) -> None:
    """Remove what a recovery left, or an earlier one that was killed."""
    shutil.rmtree(workshop, ignore_errors=True)
