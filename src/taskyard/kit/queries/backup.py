"""Statements of backups and moves: what the cluster is, and what exactly its rows are."""

from datetime import datetime
from typing import NamedTuple

from taskyard.kit.queries.migrations import Owner

WITHOUT_PROOF = ("pg_catalog", "information_schema", "pg_toast")


class Table(NamedTuple):
    """A table and its columns, in the spelling statements need."""

    schema: str
    name: str
    columns: tuple[str, ...]

    @property
    def title(self) -> str:
        """Name it for people."""
        return f"{self.schema}.{self.name}"

    @property
    def spelled(self) -> str:
        """Name it for a statement."""
        return f'"{self.schema}"."{self.name}"'


async def find_system(connection: Owner) -> str:
    """The number that tells this cluster from every other."""
    number: int = await connection.fetchval("SELECT system_identifier FROM pg_control_system()")
    return str(number)


async def is_archiving(connection: Owner) -> bool:
    """Whether the server hands its finished log over."""
    return bool(await connection.fetchval("SELECT current_setting('archive_mode') = 'on'"))


async def list_tables(connection: Owner) -> list[Table]:
    """Every table of ours with its columns, those that are computed apart, in a fixed order."""
    rows = await connection.fetch(
        """
        SELECT n.nspname::text AS schema, c.relname::text AS name, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
           AND n.nspname <> ALL($1::text[])
         GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname
        """,
        list(WITHOUT_PROOF),
    )
    return [Table(row[0], row[1], tuple(row[2])) for row in rows]


async def lock_against_writes(connection: Owner, tables: list[Table]) -> None:
    """Wait, shortly, until nobody writes and let nobody write until this transaction ends."""
    names = ", ".join(table.spelled for table in tables)
    await connection.execute("SET LOCAL lock_timeout = '200ms'")
    await connection.execute(f"LOCK TABLE {names} IN SHARE MODE")


async def export_snapshot(connection: Owner) -> str:
    """Let another connection see what this transaction sees."""
    snapshot: str = await connection.fetchval("SELECT pg_export_snapshot()")
    return snapshot


async def import_snapshot(connection: Owner, snapshot: str) -> None:
    """See what the other transaction saw, whatever happens since."""
    await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")


async def create_restore_point(connection: Owner, name: str) -> str:
    """Name this place of the log; gives the segment it is in."""
    segment: str = await connection.fetchval("SELECT pg_walfile_name(pg_create_restore_point($1))", name)
    return segment


async def reload_settings(connection: Owner) -> None:
    """Let every process of the server look at its settings again."""
    await connection.execute("SELECT pg_reload_conf()")


async def switch_segment(connection: Owner) -> None:
    """End the segment that is being written, so that it can be archived."""
    await connection.execute("SELECT pg_switch_wal()")


async def fix_form_of_values(connection: Owner) -> None:
    """Write values in one form in this transaction, whatever the server's habits are."""
    await connection.execute("SET LOCAL TimeZone = 'UTC'")
    await connection.execute("SET LOCAL DateStyle = 'ISO, YMD'")
    await connection.execute("SET LOCAL IntervalStyle = 'postgres'")
    await connection.execute("SET LOCAL bytea_output = 'hex'")
    await connection.execute("SET LOCAL extra_float_digits = 1")
    await connection.execute("SET LOCAL statement_timeout = 0")


async def fingerprint(connection: Owner, table: Table) -> tuple[int, str]:
    """How many rows a table has, and a sum over what each of them is: SHA-256 of its text, cut to 64 bits."""
    [row] = await connection.fetch(
        f"""
        SELECT count(*) AS rows,
               coalesce(sum(('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint
                            ::numeric), 0)::text AS total
          FROM (SELECT {", ".join(table.columns)} FROM {table.spelled}) AS t
        """
    )
    return row["rows"], row["total"]


async def last_replayed(connection: Owner) -> datetime | None:
    """When the last transaction was committed that a recovery repeated; None when there was none."""
    moment: datetime | None = await connection.fetchval("SELECT pg_last_xact_replay_timestamp()")
    return moment


async def begin_epoch(connection: Owner, at: int) -> int:
    """Give the change log a new epoch, later than every one before, so that readers start over; gives it."""
    epoch: int = await connection.fetchval(
        "UPDATE log.head SET epoch = greatest(epoch + 1, $1) RETURNING epoch",
        at,
    )
    return epoch
