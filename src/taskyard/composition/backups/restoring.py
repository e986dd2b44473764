"""`taskyard restore`: the database as it was at a moment, put in the place of the present one."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from taskyard.composition.backups.places import (
    DOTENV,
    MASTER_KEY,
    PASSWORD,
    SETTINGS,
    Place,
    alone,
    known_authenticity,
    open_backup,
    open_store,
    require_embedded,
    require_same_major,
    stopped,
    warn_of_damage,
)
from taskyard.composition.backups.question import ask
from taskyard.composition.progress import explain, say, step
from taskyard.kit import clock
from taskyard.kit.backup.choice import Reach, choose
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.exchange import check_replaceable, clear, exchange, holds_key, write_private
from taskyard.kit.backup.full import ATTACHMENTS_FILE
from taskyard.kit.backup.keys import BackupKey
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.moments import shown, stamped
from taskyard.kit.backup.proof import connected
from taskyard.kit.backup.recovery import Target, Workshop, check_reached
from taskyard.kit.backup.store import Store
from taskyard.kit.backup.tars import unpack_folder
from taskyard.kit.backup.threads import in_thread
from taskyard.kit.embedded.postgres import ASIDE
from taskyard.kit.queries.backup import begin_epoch
from taskyard.kit.settings import Settings

LATEST = "latest"
RESTORED = {SETTINGS: "restored-settings.env", DOTENV: "restored.env"}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    to: str
    key: BackupKey
    history: int | None
    yes: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: the epoch of the change log, the last commit where it is known, and whether the log ran out."""

    epoch: int
    last: datetime | None
    ran_out: bool


class Restore(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore works with once everything is known and before anything is changed."""

    place: Place
    store: Store
    choice: Reach
    moment: datetime | None
    local: LocalLog
    key: BackupKey
    files: dict[str, bytes]
    stamp: str
    renews_key: bool

    @property
    def folder(self) -> Path:
        """Where it is prepared."""
        return self.place.folder / "restore"


async def restore(settings: Settings, wish: Wish) -> None:
    """Restore and say what became of everything; nothing present is changed before the result is proved."""
    require_embedded(settings)
    moment = parse_moment(wish.to)
    with alone(settings):
        async with stopped(settings) as place:
            await _restore(settings, place, wish, moment)


def parse_moment(text: str) -> datetime | None:
    """Read a moment (RFC 3339, with its zone), or None for the end of the log; raises BackupError."""
    if text == LATEST:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BackupError(f"{text!r} is no moment: expected one such as 2027-02-10T14:03:05Z, or latest") from error
    if moment.tzinfo is None:
        raise BackupError(f"{text!r} has no zone: expected one such as {text}Z or {text}+01:00")
    return moment.astimezone(UTC)


async def _restore(settings: Settings, place: Place, wish: Wish, moment: datetime | None) -> None:
    try:
        work = await in_thread(lambda: _prepare(settings, place, wish, moment))
        if not wish.yes:
            await _ask(settings, work)
        outcome = await _recover(work)
        _put_in_place(settings, work, outcome)
    finally:
        clear(place.folder / "restore")


def _prepare(settings: Settings, place: Place, wish: Wish, moment: datetime | None) -> Restore:
    local = place.local_log()
    store = open_store(settings, local, known_authenticity(settings, wish.key))
    warn_of_damage(store)
    local = local.of(store.folder.name)
    choice = choose(store, local, moment, wish.history)
    require_same_major(choice.backup)
    store, files = open_backup(store, choice.backup, wish.key)
    store.check_files(store.read(choice.backup.id))
    renews_key = not holds_key(settings.master_key_path, files[MASTER_KEY])
    if renews_key:
        check_replaceable(settings.master_key_path)
    return Restore(
        place=place,
        store=store,
        choice=choice,
        moment=moment,
        local=local,
        key=wish.key,
        files=files,
        stamp=stamped(clock.now()),
        renews_key=renews_key,
    )


async def _ask(settings: Settings, work: Restore) -> None:
    if not sys.stdin.isatty():
        raise BackupError("nobody is there to confirm the restore: add --yes")
    explain(
        f"The database in {settings.home} becomes what it was at {shown(work.moment or work.choice.until)},\n"
        f"from backup {work.choice.backup.id}. The present one is moved aside and kept."
    )
    if (await ask("Go on? [y/N] ")).strip().lower() not in {"y", "yes"}:
        raise BackupError("nothing was changed")


async def _recover(work: Restore) -> Outcome:
    """Make the database of that moment in a folder of its own."""
    clear(work.folder)
    backup, identities = work.choice.backup, work.key.identities
    workshop = Workshop(work.folder, work.place.binaries, work.place.user)
    async with step("Unpacking and checking the backup"):
        await workshop.unpack(work.store, backup, identities, work.files[PASSWORD].decode())
        if ATTACHMENTS_FILE in backup.files:
            packed = work.store.path_of(backup.id) / ATTACHMENTS_FILE
            await in_thread(lambda: unpack_folder(packed, identities, work.folder / "attachments"))
    async with step("Unpacking and checking the log"):
        await in_thread(lambda: workshop.lay_out_log(work.store, work.choice, work.local, identities))
    async with step("Repeating the log"):
        server = await workshop.recover(Target(history=work.choice.history, moment=work.moment))
    try:
        last = await check_reached(server, work.moment)
        async with connected(server.url()) as connection:
            epoch = await begin_epoch(connection, int(clock.now().timestamp()))
        return Outcome(epoch=epoch, last=last, ran_out=workshop.ran_out)
    finally:
        await server.stop()


def _put_in_place(settings: Settings, work: Restore, outcome: Outcome) -> None:
    kept = []
    if work.renews_key:
        kept.append(write_private(settings.master_key_path, work.files[MASTER_KEY], work.stamp))
    kept.append(exchange(work.place.folder, work.folder, f"{ASIDE}{work.stamp}"))
    restored = work.folder / "attachments"
    if restored.is_dir():
        kept.append(_replace_attachments(settings.home / "attachments", restored, work.stamp))
    _tell(work, outcome)
    for path in filter(None, kept):
        say(f"What was there before is kept in {path}")
    for name, target in RESTORED.items():
        if name in work.files:
            write_private(settings.home / target, work.files[name], work.stamp)
            say(f"The settings of the backup are in {settings.home / target}")
    say("Make a backup once Taskyard runs again: `taskyard backup now`")


def _tell(work: Restore, outcome: Outcome) -> None:
    say(f"Restored to {shown(work.moment or work.choice.until)}; readers start over in epoch {outcome.epoch}.")
    if outcome.last is not None:
        say(f"The last change in it is of {outcome.last.isoformat()}.")
    if outcome.ran_out:
        explain("The log has no later change. If there was one before that moment, it was never archived.")


def _replace_attachments(present: Path, restored: Path, stamp: str) -> Path | None:
    aside = None
    if present.exists():
        aside = present.with_name(f"attachments.before-{stamp}")
        present.rename(aside)
    shutil.move(restored, present)
    return aside
