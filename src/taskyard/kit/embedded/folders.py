"""Where the embedded servers keep their files, and which system user they run as.

PostgreSQL refuses to run as root, so a root start gives the database to an existing unprivileged
user, with a folder that user owns and can reach.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT_STORE = Path("/var/lib/taskyard")
ROOT_CACHE = Path("/var/cache/taskyard")
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with the final zero.
LONGEST_SOCKET_PATH = 103
LOOK_SECONDS = 0.05


class EmbeddedError(Exception):
    """An embedded server cannot start; the message is one line for the person at the terminal."""


class ServerUser(NamedTuple):
    """The system user a server process runs as."""

    name: str
    uid: int
    gid: int


def server_user() -> ServerUser | None:
    """Choose whom PostgreSQL runs as: None means the present user, which is right unless that is root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return ServerUser(name, entry.pw_uid, entry.pw_gid)
    message = "PostgreSQL refuses to run as root and there is no user 'postgres' or 'nobody' to run it as"
    raise EmbeddedError(message)


def prepare_home(home: Path) -> None:
    """Make the state folder private and prove that it can be written; raises EmbeddedError."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
        _make_private(home)
    except OSError as error:
        message = f"cannot write to the folder {home}: {error.strerror} (TASKYARD_HOME chooses another)"
        raise EmbeddedError(message) from error


def lock(path: Path, purpose: str) -> int:
    """Hold a folder for this process alone; the kernel lets go when the process ends, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not (_holds(descriptor, fcntl.LOCK_EX) or _holds_after_a_look(descriptor)):
        os.close(descriptor)
        message = (
            f"another Taskyard is already running {purpose} in {path.parent} (stop it, or set another TASKYARD_HOME)"
        )
        raise EmbeddedError(message)
    return descriptor


def is_locked(path: Path) -> bool:
    """Say whether some process holds a folder, without holding it longer than for this look."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _holds(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _holds(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holds_after_a_look(descriptor: int) -> bool:
    """Try once more: it may have been `is_locked` that had it, for some microseconds."""
    time.sleep(LOOK_SECONDS)
    return _holds(descriptor, fcntl.LOCK_EX)


def package_folder(package: str) -> Path:
    """Find an installed package without importing it: only the programs inside are wanted."""
    specification = importlib.util.find_spec(package)
    if specification is None or not specification.submodule_search_locations:
        message = f"the package {package} is not installed, so there is nothing to start"
        raise EmbeddedError(message)
    return Path(specification.submodule_search_locations[0])


def postgres_folder(home: Path, user: ServerUser | None) -> Path:
    """Find or make the database's own folder: inside the home, or linked from it when the user cannot enter."""
    folder = home / "postgres"
    if folder.is_symlink() and not folder.exists():
        message = f"the database folder {folder} points to {folder.readlink()}, which is gone"
        raise EmbeddedError(message)
    if not folder.exists():
        if user is None or can_enter(user, home):
            folder.mkdir(mode=0o700)
        else:
            folder.symlink_to(_make_store(home))
    if user is not None and folder.stat().st_uid != user.uid:
        os.chown(folder, user.uid, user.gid)
    return folder.resolve()


def socket_folder(preferred: Path, file_name: str, user: ServerUser | None) -> Path:
    """Choose a private folder for a unix socket: the preferred one, or a short one if the name gets too long."""
    if len(os.fsencode(preferred / file_name)) <= LONGEST_SOCKET_PATH:
        preferred.mkdir(mode=0o700, exist_ok=True)
        folder = preferred
    else:
        folder = Path(tempfile.mkdtemp(prefix="taskyard-", dir="/tmp"))
    give(folder, user)
    return folder


def give(path: Path, user: ServerUser | None) -> None:
    """Let a file or a folder belong to the server's user, where that is another one than ours."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def remove_socket_folder(folder: Path | None, preferred: Path) -> None:
    """Delete a temporary socket folder once its server has stopped."""
    if folder is not None and folder != preferred:
        shutil.rmtree(folder, ignore_errors=True)


def can_enter(user: ServerUser, path: Path) -> bool:
    """Say whether a user may pass through a folder or run a file, as the kernel itself decides it."""
    check = subprocess.run(  # noqa: S603 - fixed program, no shell expansion of the path
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return check.returncode == 0


def readable_copy(tree: Path, version: str, user: ServerUser | None) -> Path:
    """Give a copy of a program tree that the user may run, made once; the tree itself when it already may."""
    if user is None or can_enter(user, tree / "bin" / "postgres"):
        return tree
    folder = ROOT_CACHE / f"postgresql-{version}"
    target = folder / tree.parent.name / tree.name
    if not target.exists():
        _copy(tree, folder)
    return target


def _copy(tree: Path, folder: Path) -> None:
    """Copy the programs and, beside their package as the wheel has it, the libraries they load."""
    ROOT_CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=ROOT_CACHE))
    for part in ("bin", "lib", "share"):
        shutil.copytree(tree / part, draft / tree.parent.name / tree.name / part, symlinks=True)
    libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError:
        # another start was first, and its copy is as good
        shutil.rmtree(draft)


def _make_private(home: Path) -> None:
    """Root's home is passable for the database's user alone, everyone else's for its owner alone."""
    user = server_user()
    if user is None:
        if home.stat().st_uid == os.geteuid():
            home.chmod(0o700)
        return
    os.chown(home, 0, user.gid)
    home.chmod(0o710)


def _make_store(home: Path) -> Path:
    """Make a folder the database's user can reach; what belongs to a temporary home stays temporary."""
    temporary = Path(tempfile.gettempdir()).resolve()
    if home.resolve().is_relative_to(temporary):
        return Path(tempfile.mkdtemp(prefix="taskyard-postgres-", dir=temporary))
    ROOT_STORE.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="postgres-", dir=ROOT_STORE))
