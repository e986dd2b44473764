"""Statements that carry tables from one server to another, of any version from 14 on."""

from collections.abc import AsyncIterator, Sequence
from graphlib import TopologicalSorter
from typing import BinaryIO, Literal

from taskyard.kit.queries.backup import Table, list_tables
from taskyard.kit.queries.migrations import Owner


async def list_tables_in_order(connection: Owner) -> list[Table]:
    """Every table after those it refers to, so that no row is loaded before what it belongs to."""
    tables = {table.title: table for table in await list_tables(connection)}
    rows = await connection.fetch(
        """
        SELECT f.nspname || '.' || c.relname AS referring, t.nspname || '.' || r.relname AS referred
          FROM pg_constraint k
          JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace f ON f.oid = c.relnamespace
          JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace t ON t.oid = r.relnamespace
         WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
        """
    )
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
    for row in rows:
        order.add(row["referring"], row["referred"])
    return [tables[title] for title in order.static_order()]


async def list_sequences(connection: Owner) -> dict[str, int]:
    """How far the sequence of each identity column is, as ``schema.table.column``; without those never used."""
    rows = await connection.fetch(
        """
        SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname) AS place, s.last_value
          FROM pg_sequences s
          JOIN pg_depend d ON d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass
                          AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
          JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
         WHERE s.last_value IS NOT NULL
        """
    )
    return {row["place"]: row["last_value"] for row in rows}


async def set_sequences(connection: Owner, values: dict[str, int]) -> None:
    """Let every sequence go on from where it was."""
    for place, value in values.items():
        schema, table, column = place.split(".")
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence(format('%I.%I', $1::text, $2::text), $3), $4)",
            schema,
            table,
            column,
            value,
        )


async def has_rows(connection: Owner, table: Table) -> bool:
    """Say whether a table holds anything."""
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table.spelled})"))


async def empty(connection: Owner, tables: Sequence[Table]) -> None:
    """Delete what a database has of its own before anything is loaded."""
    await connection.execute(f"TRUNCATE {', '.join(table.spelled for table in tables)}")


async def silence_triggers(connection: Owner, tables: Sequence[Table], how: Literal["DISABLE", "ENABLE"]) -> None:
    """Let no trigger add to what is loaded, which has it already; in the transaction of the load."""
    for table in tables:
        await connection.execute(f"ALTER TABLE {table.spelled} {how} TRIGGER USER")


async def copy_out(connection: Owner, table: Table, sink: BinaryIO) -> None:
    """Write every row, as COPY text."""
    statement = f"SELECT {', '.join(table.columns)} FROM {table.spelled}"
    await connection.copy_from_query(statement, output=sink)


async def copy_in(connection: Owner, table: Table, columns: Sequence[str], pieces: AsyncIterator[bytes]) -> None:
    """Load rows that `copy_out` wrote."""
    names = [column.strip('"') for column in columns]
    await connection.copy_to_table(table.name, schema_name=table.schema, columns=names, source=pieces)
