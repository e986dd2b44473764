"""The content of a database as one stream, for another server or another major version of PostgreSQL.

The stream is a tar: ``about.json`` first, one file of COPY text per table, ``proof.json`` last. It is read in
one snapshot and loaded in one transaction, which ends well only if every table holds what the proof says.
"""

import io
import os
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import msgspec

from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.formats import require_format
from taskyard.kit.backup.proof import Proof, TableProof, connected, differences
from taskyard.kit.backup.streams import CHUNK
from taskyard.kit.backup.tars import content_of
from taskyard.kit.queries import backup as queries
from taskyard.kit.queries import moving
from taskyard.kit.queries.backup import Table
from taskyard.kit.queries.migrations import Owner, list_applied

ABOUT, PROOF = "about.json", "proof.json"
FORMAT = 1
# What every database has of itself before anything is loaded; it is replaced.
OF_ITS_OWN = frozenset({"public.schema_migrations", "log.head", "auth.service_keys", "log.leases"})


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stream holds: which migrations had been applied, and how far the sequences of each column were."""

    format: int = FORMAT
    taskyard: str
    migrations: dict[str, str]
    sequences: dict[str, int]


async def write_content(url: str, sink: IO[bytes], version: str, scratch: Path) -> Proof:
    """Write everything there is; one table at a time passes through a private scratch file. Gives the proof."""
    async with connected(url) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await queries.fix_form_of_values(connection)
        with tarfile.open(fileobj=sink, mode="w|") as tar:
            about = About(
                taskyard=version,
                migrations=await list_applied(connection),
                sequences=await moving.list_sequences(connection),
            )
            _add(tar, ABOUT, msgspec.json.encode(about))
            proof = {}
            for table in await moving.list_tables_in_order(connection):
                await _add_table(tar, connection, table, scratch)
                proof[table.title] = TableProof(*await queries.fingerprint(connection, table))
            _add(tar, PROOF, msgspec.json.encode(proof))
    return proof


class Content:
    """Such a stream, read from its beginning to its end."""

    def __init__(self, source: IO[bytes]) -> None:
        """Read what it holds; raises DamagedError when it is something else."""
        try:
            self._tar = tarfile.open(fileobj=source, mode="r|")  # noqa: SIM115 - it ends with its source
            about = self._next(ABOUT)
            require_format(about, FORMAT, "the export")
            self.about = msgspec.json.decode(about, type=About)
        except (tarfile.TarError, msgspec.MsgspecError) as error:
            raise DamagedError(f"this is no export of a database: {error}") from error

    async def load(self, connection: Owner) -> Proof:
        """Load it in the caller's transaction into tables that are empty; gives the proof once it holds.

        Raises BackupError when a table is not empty or does not end up with what the proof says, and DamagedError.
        """
        try:
            return await self._load(connection)
        except (tarfile.TarError, msgspec.MsgspecError) as error:
            raise DamagedError(f"the export is damaged: {error}") from error

    async def _load(self, connection: Owner) -> Proof:
        await queries.fix_form_of_values(connection)
        tables = {table.title: table for table in await moving.list_tables_in_order(connection)}
        await self._refuse_content(connection, list(tables.values()))
        await moving.empty(connection, list(tables.values()))
        await moving.silence_triggers(connection, list(tables.values()), "DISABLE")
        while (entry := self._tar.next()) is not None:
            file = content_of(self._tar, entry)
            if entry.name == PROOF:
                proof = msgspec.json.decode(file.read(), type=Proof)
                break
            title, _, columns = entry.name.partition("=")
            if title not in tables:
                raise BackupError(f"this Taskyard has no table {title}")
            await moving.copy_in(connection, tables[title], columns.split(","), _pieces(file))
        else:
            raise DamagedError("the export ends too early")
        await moving.silence_triggers(connection, list(tables.values()), "ENABLE")
        await moving.set_sequences(connection, self.about.sequences)
        found = {title: TableProof(*await queries.fingerprint(connection, table)) for title, table in tables.items()}
        if differing := differences(proof, found):
            raise BackupError(f"what was loaded is not what was exported: {'; '.join(differing)}")
        return proof

    def _next(self, name: str) -> bytes:
        entry = self._tar.next()
        if entry is None or entry.name != name:
            raise DamagedError(f"this is no export of a database: {name} is missing")
        return content_of(self._tar, entry).read()

    async def _refuse_content(self, connection: Owner, tables: list[Table]) -> None:
        for table in tables:
            if table.title not in OF_ITS_OWN and await moving.has_rows(connection, table):
                raise BackupError(f"the database is not empty: {table.title} has rows, and they would be lost")


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


async def _add_table(tar: tarfile.TarFile, connection: Owner, table: Table, scratch: Path) -> None:
    """A tar says how long a file is before it comes, hence the scratch file."""
    with os.fdopen(os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
        scratch.unlink()
        await moving.copy_out(connection, table, file)
        entry = tarfile.TarInfo(f"{table.title}={','.join(table.columns)}")
        entry.size, entry.mode = file.tell(), 0o600
        file.seek(0)
        tar.addfile(entry, file)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
