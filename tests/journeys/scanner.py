"""Looks for secrets in everything Taskyard stores."""

import asyncio
from pathlib import Path
from urllib.parse import quote

import asyncpg
import redis

COLUMNS = """
    SELECT format('%I.%I', table_schema, table_name) AS place, quote_ident(column_name) AS column_name, data_type
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


def find_secrets(home: Path, valkey: "redis.Redis", secrets: set[str]) -> list[str]:
    """Where any of the secrets stands in plain: tables' columns and Redis' values."""
    found = asyncio.run(_in_postgres(owner_url(home), secrets))
    return [*found, *_in_redis(valkey, secrets)]


def owner_url(home: Path) -> str:
    """The address of a running embedded database, as its owner, read from what the server left in its folder."""
    folder = home / "postgres"
    password = (folder / "password").read_text().strip()
    sockets = (folder / "data" / "postmaster.pid").read_text().splitlines()[4]
    return f"postgresql://taskyard_owner:{password}@/taskyard?host={quote(sockets)}&port=5432"


async def _in_postgres(url: str, secrets: set[str]) -> list[str]:
    connection = await asyncpg.connect(url)
    found = []
    try:
        for place, column, kind in await connection.fetch(COLUMNS):
            text = f"encode({column}, 'escape')" if kind == "bytea" else f"{column}::text"
            search = f"SELECT 1 FROM {place}, unnest($1::text[]) AS secret WHERE position(secret IN {text}) > 0"  # noqa: S608 - of the catalogue
            if await connection.fetchval(search, list(secrets)):
                found.append(f"{place}.{column}")
    finally:
        await connection.close()
    return found


def _in_redis(valkey: "redis.Redis", secrets: set[str]) -> list[str]:
    needles = [secret.encode() for secret in secrets]
    found = []
    for key in valkey.scan_iter(count=1000):
        dump = valkey.dump(key) or b""
        if any(needle in key or needle in dump for needle in needles):
            found.append(f"redis {key!r}")
    return found
