"""The statements that keep the record of applied migrations."""

from datetime import datetime
from typing import Any, Protocol, TypeAlias

import asyncpg

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# Any fixed number: one migration run at a time for the whole database.
MIGRATION_LOCK = 7_310_202_611


class Reader(Protocol):
    """Anything that can run one SELECT."""

    async def fetch(self, sql: str, /, *args: Any) -> list[asyncpg.Record]:
        """Run a statement and give its rows."""
        ...


async def lock(connection: Owner) -> None:
    """Wait until no other run is under way; the lock ends with the connection."""
    await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)


async def create_table(connection: Owner) -> None:
    """Make the record on the first run; every role may read it."""
    await connection.execute(
        """
        CREATE TABLE IF NOT EXISTS public.schema_migrations (
            title text COLLATE "C" PRIMARY KEY,
            checksum text COLLATE "C" NOT NULL,
            applied_at timestamptz NOT NULL
        );
        GRANT SELECT ON public.schema_migrations TO PUBLIC
        """
    )


async def list_applied(connection: Reader) -> dict[str, str]:
    """Give the checksum of every applied migration by its title."""
    rows = await connection.fetch("SELECT title, checksum FROM public.schema_migrations")
    return {row["title"]: row["checksum"] for row in rows}


async def enter_schema(connection: Owner, schema: str) -> None:
    """Make the schema if need be and put its tables in reach for this transaction."""
    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    await connection.execute("SELECT set_config('search_path', $1, true)", schema)


async def record(connection: Owner, title: str, checksum: str, applied_at: datetime) -> None:
    """Remember that a migration was applied."""
    await connection.execute(
        "INSERT INTO public.schema_migrations (title, checksum, applied_at) VALUES ($1, $2, $3)",
        title,
        checksum,
        applied_at,
    )
