"""A full backup: the whole cluster by pg_basebackup, the state folder's own files, and the proof of both."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from taskyard.kit import clock
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.moments import stamped
from taskyard.kit.backup.proof import connected, prove_at
from taskyard.kit.backup.segments import history_of, segment_of
from taskyard.kit.backup.store import Backup, Store
from taskyard.kit.backup.streams import FileDigest, write_encrypted
from taskyard.kit.backup.tars import pack_files, pack_folder
from taskyard.kit.backup.threads import in_thread
from taskyard.kit.child_process import BARE_ENVIRONMENT
from taskyard.kit.queries import backup as queries

DATABASE_FILE = "database.tar.gz.age"
HOME_FILE = "home.tar.gz.age"
ATTACHMENTS_FILE = "attachments.tar.gz.age"
PROOF = "proof.json"
ARCHIVE_PATIENCE = 120.0
POLL = 0.1
LABEL_BYTES = 2048


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is backed up: a running database, small files by name, and a folder that may be absent."""

    url: str
    binaries: Path
    files: Mapping[str, bytes]
    attachments: Path
    version: str


async def take_full_backup(store: Store, subject: Subject, recipient: str) -> Backup:
    """Make a backup of what runs; nothing of it is left behind when that fails. Raises BackupError and OSError."""
    started_at = clock.now()
    backup_id = stamped(started_at)
    draft = store.begin(backup_id)
    try:
        backup = await _fill(
            draft,
            subject,
            recipient,
            Backup(
                id=backup_id,
                cluster=store.folder.name,
                history=1,
                first_segment="",
                last_segment="",
                started_at=started_at,
                finished_at=started_at,
                postgres="",
                taskyard=subject.version,
                recipient=recipient,
                files={},
            ),
        )
        await _wait_for(store, backup.last_segment)
        return store.publish(draft, backup)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


async def _fill(draft: Path, subject: Subject, recipient: str, backup: Backup) -> Backup:
    async with connected(subject.url) as connection:
        if not await queries.is_archiving(connection):
            raise BackupError(
                "the running server was started without TASKYARD_BACKUP_FOLDER: restart it, then try again"
            )
        version = connection.get_server_version()
    copying = _start_copying(subject)
    digest, first = await in_thread(
        lambda: _copy_cluster(copying, draft / DATABASE_FILE, recipient), give_up=copying.kill
    )
    proof, last = await prove_at(subject.url, backup.restore_point)
    finished_at = clock.now()
    files = {**subject.files, PROOF: msgspec.json.encode(proof)}
    digests = {
        DATABASE_FILE: digest,
        HOME_FILE: await in_thread(lambda: pack_files(files, draft / HOME_FILE, recipient)),
    }
    if subject.attachments.is_dir():
        digests[ATTACHMENTS_FILE] = await in_thread(
            lambda: pack_folder(subject.attachments, draft / ATTACHMENTS_FILE, recipient)
        )
    return msgspec.structs.replace(
        backup,
        history=history_of(first),
        first_segment=first,
        last_segment=last,
        finished_at=finished_at,
        postgres=f"{version.major}.{version.minor}",
        files=digests,
    )


def _start_copying(subject: Subject) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - the wheel's own program
        _command(subject), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(subject)
    )


def _copy_cluster(process: "subprocess.Popen[bytes]", path: Path, recipient: str) -> tuple[FileDigest, str]:
    """Stream the cluster into its encrypted file; gives the segment from which the log is needed."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    source = _Noting(process.stdout)
    try:
        digest = write_encrypted(source, path, recipient)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    _, complaint = process.communicate()
    if process.returncode != 0:
        lines = complaint.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        raise BackupError(f"pg_basebackup failed: {lines[-1]}")
    return digest, source.first_segment()


def _command(subject: Subject) -> list[str]:
    parts = urlsplit(subject.url)
    sockets = parse_qs(parts.query)["host"][0]
    options = ["--format=tar", "--pgdata=-", "--wal-method=none", "--checkpoint=fast", "--no-estimate-size"]
    where = [f"--host={sockets}", f"--username={parts.username}", "--no-password"]
    return [str(subject.binaries / "pg_basebackup"), *options, "--manifest-checksums=SHA256", *where]


def _environment(subject: Subject) -> dict[str, str]:
    return {**BARE_ENVIRONMENT, "PGPASSWORD": unquote(urlsplit(subject.url).password or "")}


class _Noting:
    """A reader that keeps the first bytes: a cluster's archive begins with its label."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._head = b""

    def read(self, size: int, /) -> bytes:
        """Give what the source gives."""
        chunk = self._source.read(size)
        self._head += chunk[: LABEL_BYTES - len(self._head)]
        return chunk

    def first_segment(self) -> str:
        """Name the segment in which the label says the backup began."""
        head = self._head.decode(errors="replace")
        position, history = (re.search(rf"{words}: (\S+)", head) for words in ("START WAL LOCATION", "START TIMELINE"))
        if position is None or history is None:
            raise BackupError("pg_basebackup gave something that is no backup")
        return segment_of(int(history[1]), position[1])


async def _wait_for(store: Store, segment: str) -> None:
    """Wait until the log is archived up to the proof: only then can the backup be restored."""
    loop, newest = asyncio.get_running_loop(), store.archive.newest()
    deadline = loop.time() + ARCHIVE_PATIENCE
    while not store.archive.has(segment):
        if (now_newest := store.archive.newest()) != newest:  # much may wait, and it gets less
            newest, deadline = now_newest, loop.time() + ARCHIVE_PATIENCE
        if loop.time() > deadline:
            raise BackupError(f"for {ARCHIVE_PATIENCE:.0f} s no log was archived (the server's log says why)")
        await asyncio.sleep(POLL)
