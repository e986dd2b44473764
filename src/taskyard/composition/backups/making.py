"""`taskyard backup now`, `key` and `list`."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import taskyard
from taskyard.composition.backups.archiving import backup_place
from taskyard.composition.backups.places import (
    DOTENV,
    MASTER_KEY,
    PASSWORD,
    SETTINGS,
    alone,
    attached,
    known_authenticity,
    open_place,
    open_store,
    require_embedded,
    warn_of_damage,
)
from taskyard.composition.progress import explain, say
from taskyard.kit import clock
from taskyard.kit.backup.choice import Reach, furthest, known_moments
from taskyard.kit.backup.full import Subject, take_full_backup
from taskyard.kit.backup.keys import authenticity_key, new_key_file
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.moments import shown, shown_from
from taskyard.kit.backup.proof import connected
from taskyard.kit.backup.segments import newest_history
from taskyard.kit.backup.store import Store
from taskyard.kit.keys import load_master_key
from taskyard.kit.queries.backup import find_system
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings


def make_key(settings: Settings) -> None:
    """Print a new key file, which is stored nowhere, and say what to do with it."""
    authenticity = known_authenticity(settings, None)
    text, recipient = new_key_file(authenticity, clock.now())
    say(text.rstrip("\n"))
    explain(
        "Above is the private key, shown this once and stored nowhere here. Keep it away from this machine, twice:\n"
        "without it no backup can be read.\n"
        f"Set {PREFIX}BACKUP_RECIPIENT={recipient}"
    )
    if authenticity is None:
        explain(
            "There is no master key here yet, so this key file cannot tell our backups from forged ones.\n"
            "Start Taskyard once and make the key then."
        )


async def make_backup(settings: Settings, texts: Mapping[str, str], dotenv: Path, keep: int | None) -> None:
    """Make a full backup, of the running database or of the stopped one, and delete the oldest."""
    require_embedded(settings)
    folder, recipient = backup_place(settings)
    place = open_place(settings)
    with alone(settings):
        master = load_master_key(settings.master_key_path)
        async with attached(settings) as url, connected(url) as connection:
            began = asyncio.get_running_loop().time()
            store = Store(folder / await find_system(connection), authenticity_key(master))
            subject = Subject(
                url=url,
                binaries=place.binaries,
                files=_files(master, texts, dotenv, place.folder),
                attachments=settings.home / "attachments",
                version=taskyard.__version__,
            )
            backup = await take_full_backup(store, subject, recipient)
            seconds = asyncio.get_running_loop().time() - began
        warn_of_damage(store)
        say(f"Backup {backup.id}: {megabytes(backup.size)}, made in {seconds:.1f} s")
        for old in store.prune(keep or settings.backup_keep):
            say(f"Deleted backup {old.id}")


def list_backups(settings: Settings) -> None:
    """Show every finished backup and from when to when it can be restored; needs no private key."""
    require_embedded(settings)
    local = open_place(settings).local_log()
    store = open_store(settings, local, known_authenticity(settings, None))
    warn_of_damage(store)
    moments = known_moments(store, LocalLog())
    present = local.of(store.folder.name).history or newest_history(moments)
    say(f"{'backup':<18}{'size':>10}  {'restorable from':<22}until")
    for backup in store.backups():
        until = _until(furthest(store, backup, moments), present)
        say(f"{backup.id:<18}{megabytes(backup.size):>10}  {shown_from(backup.finished_at):<22}{until}")


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:.1f} MB"


def _until(reach: Reach | None, present: int) -> str:
    """Until when a backup leads, and what must be said to get there."""
    if reach is None:
        return "its log is incomplete"
    named = "" if reach.history == present else f" (--history {reach.history})"
    return (shown(reach.until) if reach.until > reach.backup.finished_at else "only --to latest") + named


def _files(master: bytes, texts: Mapping[str, str], dotenv: Path, folder: Path) -> dict[str, bytes]:
    """What the service cannot be had again without: its keys, and its settings for whoever sets it up anew."""
    lines = "".join(f"{name}={value}\n" for name, value in sorted(texts.items()))
    files = {
        MASTER_KEY: master,
        PASSWORD: (folder / "password").read_bytes(),
        SETTINGS: lines.encode(),
    }
    return files | ({DOTENV: dotenv.read_bytes()} if dotenv.is_file() else {})
