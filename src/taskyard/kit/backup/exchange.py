"""The last step of a restore: the recovered data takes the place of the present, which is moved aside."""

import os
import shutil
from pathlib import Path

from taskyard.kit.backup.streams import sync_folder
from taskyard.kit.embedded.postgres import ASIDE


def exchange(folder: Path, workshop: Path, stamp: str) -> Path | None:
    """Put the data and the password of a workshop in place; gives where the data is that was there before.

    Interrupted between the two renames, the next start refuses to begin with an empty database.
    """
    data, aside = folder / "data", None
    if data.exists():
        aside = folder / f"{ASIDE}{stamp}"
        data.rename(aside)
    (workshop / "data").rename(data)
    (workshop / "password").replace(folder / "password")
    sync_folder(folder)
    return aside


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
