"""The archive of the write-ahead log: each file once, encrypted, marked as ours, never written over.

A file is called ``<name>.<moment>.<mark>.gz.age``: the moment (Unix time) until which it reaches, and a mark that
only this deployment can make of its content. So a file can be recognised without a private key.
"""

import gzip
import hashlib
import hmac
import io
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

import msgspec

from taskyard.kit.backup.age import Source
from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.segments import ANY_FILE, SEGMENT, is_needed
from taskyard.kit.backup.streams import CHUNK, decrypted, sync_folder, write_encrypted

SUFFIX = ".gz.age"
DRAFT = ".partial-"
MARK_LENGTH = 32


class ArchivedFile(msgspec.Struct, frozen=True):
    """A file of the log in the archive."""

    name: str
    moment: int
    mark: str
    path: Path


class WalArchive:
    """The archive of one database cluster."""

    def __init__(self, folder: Path, authenticity: bytes | None) -> None:
        """Remember where it is and the key of the marks; without the key nothing can be put or checked for origin."""
        self._folder = folder
        self._authenticity = authenticity

    def put(self, path: Path, recipient: str, moment: float) -> None:
        """Archive a file that reaches until a moment (Unix time); one that is there already is left alone.

        Raises OSError, and BackupError when the one that is there differs.
        """
        content, name = path.read_bytes(), path.name
        mark = self._mark(name, io.BytesIO(content))
        folder = self._folder / name[:16]
        known = [file for file in _files_in(folder) if file.name == name]
        if any(file.mark == mark for file in known):
            return
        if known:
            raise BackupError(f"{known[0].path} is there already with other content, so {name} is not archived")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f"{DRAFT}{secrets.token_hex(8)}"
        try:
            write_encrypted(io.BytesIO(content), draft, recipient)
            draft.rename(folder / f"{name}.{int(moment)}.{mark}{SUFFIX}")
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(folder)
        sync_folder(self._folder)

    def files(self) -> dict[str, ArchivedFile]:
        """Everything that is archived, by name."""
        folders = sorted(self._folder.glob("*")) if self._folder.exists() else []
        return {file.name: file for folder in folders for file in _files_in(folder)}

    def has(self, name: str) -> bool:
        """Say whether a file is archived."""
        return any(file.name == name for file in _files_in(self._folder / name[:16]))

    def newest(self) -> float | None:
        """When the newest file of the log was archived, as a Unix time."""
        return max((file.path.stat().st_mtime for file in self._newest_files()), default=None)

    def reached(self) -> float:
        """Until when the archived log reaches, as a Unix time."""
        return max((float(file.moment) for file in self._newest_files()), default=0.0)

    def unpack(self, file: ArchivedFile, identities: tuple[str, ...], target: Path) -> None:
        """Write a file's content, still compressed by gzip, and check it; raises DamagedError and WrongKeyError."""
        with decrypted(file.path, identities, compressed=True) as source, target.open("xb") as unpacked:
            shutil.copyfileobj(source, unpacked, CHUNK)
        with gzip.open(target) as content:
            self._compare(file, self._mark(file.name, content))

    def check(self, file: ArchivedFile, identities: tuple[str, ...]) -> None:
        """Read a file to its end and compare its mark; raises DamagedError and WrongKeyError."""
        with decrypted(file.path, identities) as source:
            mark = self._mark(file.name, source)
        self._compare(file, mark)

    def _compare(self, file: ArchivedFile, mark: str) -> None:
        if self._authenticity is not None and not hmac.compare_digest(mark, file.mark):
            raise DamagedError(f"{file.path} is damaged: it is not what its name says")

    def prune(self, beginnings: Collection[tuple[int, str]]) -> int:
        """Delete what no backup needs that begins in these histories with these segments; how many files went."""
        old = [
            file
            for file in self.files().values()
            if SEGMENT.match(file.name) and not any(is_needed(file.name, *beginning) for beginning in beginnings)
        ]
        for file in old:
            file.path.unlink()
            if not any(file.path.parent.iterdir()):
                file.path.parent.rmdir()
        return len(old)

    def _newest_files(self) -> list[ArchivedFile]:
        """A look at one folder, not at all of them."""
        folders = sorted(path for path in self._folder.glob("*") if len(path.name) == 16)
        return [file for folder in folders[-1:] for file in _files_in(folder)]

    def _mark(self, name: str, content: Source) -> str:
        mark = hmac.new(self._authenticity or b"", name.encode() + b"\n", hashlib.sha256)
        while chunk := content.read(CHUNK):
            mark.update(chunk)
        return mark.hexdigest()[:MARK_LENGTH]


def _files_in(folder: Path) -> list[ArchivedFile]:
    if not folder.is_dir():
        return []
    files = []
    for path in sorted(folder.iterdir()):
        parts = path.name.removesuffix(SUFFIX).rsplit(".", 2)
        if path.name.endswith(SUFFIX) and len(parts) == 3 and ANY_FILE.fullmatch(parts[0]) and parts[1].isdecimal():
            files.append(ArchivedFile(parts[0], int(parts[1]), parts[2], path))
    return files
