"""Migrations: plain SQL files that bring the database forward, each applied once and never changed again.

A file is ``migrations/<schema>/NNNN_words.sql`` and runs with that schema as its search path. A file in
``every_service/`` runs once in each service's schema; ``{role}`` in it stands for that service's role.
Files run in the order of their numbers, across schemas, so a later number may build on any earlier one.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import asyncpg
import msgspec

from taskyard.kit import clock
from taskyard.kit.queries import migrations as queries
from taskyard.kit.roles import SCHEMAS, SERVICES, role_of

SHARED_FOLDER = "every_service"
FILE_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")


class MigrationError(Exception):
    """A migration cannot be applied; the message says which and why."""


class Migration(msgspec.Struct, frozen=True):
    """One file to be applied in one schema."""

    number: int
    schema: str
    name: str
    sql: str

    @property
    def title(self) -> str:
        """Name the migration the way it is recorded and printed."""
        return f"{self.schema}/{self.name}"

    @property
    def checksum(self) -> str:
        """Fingerprint the text, so that a changed file is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate(owner_url: str, *, folder: Path | None = None, only: Collection[str] | None = None) -> list[str]:
    """Apply what is missing and give the titles of what was applied; safe to run from many places at once.

    ``only`` stops at these titles, for content that is older than the program. Raises MigrationError when a file
    fails, an applied file was changed, or a title is unknown.
    """
    migrations = read_migrations(folder or migrations_folder())
    if only is not None:
        if unknown := set(only) - {migration.title for migration in migrations}:
            raise MigrationError(f"a newer Taskyard is needed: this one does not know {min(unknown)}")
        migrations = [migration for migration in migrations if migration.title in only]
    connection = await asyncpg.connect(owner_url, timeout=10)
    try:
        await queries.lock(connection)
        await queries.create_table(connection)
        applied = await queries.list_applied(connection)
        _refuse_changed(migrations, applied)
        missing = [migration for migration in migrations if migration.title not in applied]
        for migration in missing:
            await _apply(connection, migration)
        return [migration.title for migration in missing]
    finally:
        await connection.close()


async def pending(connection: queries.Reader) -> list[str]:
    """List the migrations this program knows and the database has not seen, for /ready."""
    applied = await queries.list_applied(connection)
    return [migration.title for migration in _shipped_migrations() if migration.title not in applied]


def migrations_folder() -> Path:
    """Find the files: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "migrations", package.parents[1] / "migrations"):
        if folder.is_dir():
            return folder
    message = f"no migrations beside {package}: the installation is incomplete"
    raise MigrationError(message)


def read_migrations(folder: Path) -> list[Migration]:
    """Read every file in the order it is to be applied; raises MigrationError for a name out of pattern."""
    migrations = [migration for path in folder.glob("*/*.sql") for migration in _read(path)]
    order = {schema: place for place, schema in enumerate(SCHEMAS)}
    return sorted(migrations, key=lambda item: (item.number, order.get(item.schema, len(order)), item.name))


@lru_cache(maxsize=1)
def _shipped_migrations() -> tuple[Migration, ...]:
    return tuple(read_migrations(migrations_folder()))


def _read(path: Path) -> Iterable[Migration]:
    match = FILE_NAME.fullmatch(path.name)
    if match is None:
        message = f"{path.parent.name}/{path.name} is not named like 0001_words.sql"
        raise MigrationError(message)
    number, sql = int(match["number"]), path.read_text(encoding="utf-8")
    if path.parent.name != SHARED_FOLDER:
        return [Migration(number, path.parent.name, path.name, sql)]
    name = f"{SHARED_FOLDER}/{path.name}"
    return [Migration(number, service, name, sql.replace("{role}", role_of(service))) for service in SERVICES]


def _refuse_changed(migrations: list[Migration], applied: Mapping[str, str]) -> None:
    for migration in migrations:
        if applied.get(migration.title, migration.checksum) != migration.checksum:
            message = f"{migration.title} was changed after it was applied: restore it and write a new migration"
            raise MigrationError(message)


async def _apply(connection: queries.Owner, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await queries.enter_schema(connection, migration.schema)
            await connection.execute(migration.sql)
            await queries.record(connection, migration.title, migration.checksum, clock.now())
    except asyncpg.PostgresError as error:
        message = f"migration {migration.title} failed: {error}"
        raise MigrationError(message) from error
