"""`taskyard database export` and `import`: the way to another server, and to another major version of PostgreSQL."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

import asyncpg

import taskyard
from taskyard.composition.backups import renewal
from taskyard.composition.backups.places import started
from taskyard.composition.progress import say, step
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.export import Content, write_content
from taskyard.kit.backup.keys import BackupKey
from taskyard.kit.backup.proof import Proof, connected
from taskyard.kit.backup.streams import decrypted, write_encrypted
from taskyard.kit.embedded.folders import prepare_home
from taskyard.kit.keys import load_master_key
from taskyard.kit.migrations import migrate
from taskyard.kit.provision import provision, publish_service_keys
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings, SettingsError

AGE = b"age-encryption.org/"


async def export_database(settings: Settings, file: Path, *, plain: bool) -> None:
    """Save the content of the database, embedded or external; raises BackupError."""
    if settings.backup_recipient is None and not plain:
        raise SettingsError(
            f"{PREFIX}BACKUP_RECIPIENT is not set: expected the public key to encrypt for (or --plain for none)"
        )
    if file.exists():
        raise BackupError(f"{file} is there already")
    async with _database(settings) as url:
        try:
            async with step("Exporting"):
                recipient = None if plain else settings.backup_recipient
                proof = await _write(url, file, recipient, settings.home / "export.tmp")
        except (OSError, asyncpg.PostgresError) as error:
            raise BackupError(f"cannot export the database to {file}: {error}") from error
    say(f"Exported {_words(proof)} to {file}")


async def import_database(settings: Settings, file: Path, key: BackupKey | None) -> None:
    """Load an export into the database that the settings name, which must be empty; raises BackupError."""
    with _opened(file, key) as source:
        content = Content(source)
        master = load_master_key(settings.master_key_path)
        async with _database(settings, make=True) as url:
            try:
                async with step("Importing"):
                    proof = await _load(url, master, content)
            except asyncpg.PostgresError as error:
                raise BackupError(f"cannot load {file}: {error}") from error
    say(f"Imported {_words(proof)}")


async def _load(url: str, master: bytes, content: Content) -> Proof:
    """Bring the schema to where the export was, load, compare, then bring it forward to this Taskyard."""
    await provision(url, master)
    await migrate(url, only=content.about.migrations)
    async with connected(url) as connection, connection.transaction():
        proof = await content.load(connection)
    await migrate(url)
    await publish_service_keys(url, master)
    return proof


async def _write(url: str, file: Path, recipient: str | None, scratch: Path) -> Proof:
    """Write the export; half of one is not left behind."""
    try:
        return await _stream(url, file, recipient, scratch)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


async def _stream(url: str, file: Path, recipient: str | None, scratch: Path) -> Proof:
    """Stream the content into its file, through the encryption unless there is no key."""
    if recipient is None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
            return await write_content(url, sink, taskyard.__version__, scratch)
    read_end, write_end = os.pipe()
    encrypting = asyncio.get_running_loop().run_in_executor(None, _encrypt, read_end, file, recipient)
    try:
        with os.fdopen(write_end, "wb") as sink:
            return await write_content(url, sink, taskyard.__version__, scratch)
    finally:
        await encrypting  # when it failed, its reason is the reason


def _encrypt(descriptor: int, file: Path, recipient: str) -> None:
    """Own the end of the pipe: where the file cannot be written, whoever fills the pipe is told."""
    with os.fdopen(descriptor, "rb") as source:
        write_encrypted(source, file, recipient)


@contextlib.contextmanager
def _opened(file: Path, key: BackupKey | None) -> Iterator[IO[bytes]]:
    """Read an export, encrypted or not."""
    try:
        source = file.open("rb")
        beginning = source.read(len(AGE))
    except OSError as error:
        raise BackupError(f"cannot read {file}: {error.strerror}") from error
    with source:
        if beginning != AGE:
            source.seek(0)
            yield source
            return
    if key is None:
        raise BackupError(f"{file} is encrypted: --identity names the private key")
    with decrypted(file, key.identities) as content:
        yield content


@contextlib.asynccontextmanager
async def _database(settings: Settings, *, make: bool = False) -> AsyncIterator[str]:
    """Have the external database, or the embedded one for us alone: what others write meanwhile would be lost."""
    prepare_home(settings.home)
    if settings.database_url is not None:
        yield settings.database_url
        return
    if make and renewal.is_due(settings):
        async with renewal.new_cluster(settings) as url:
            yield url
        return
    async with started(settings) as url:
        yield url


def _words(proof: Proof) -> str:
    return f"{len(proof)} tables with {sum(table.rows for table in proof.values())} rows"
