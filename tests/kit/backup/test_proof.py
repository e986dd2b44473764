"""The proof of a backup: every row counts, whatever it is, and writers are let on at once."""

import asyncpg
import pytest

from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.proof import connected, differences, prove, prove_at
from taskyard.kit.queries import backup as queries
from tests.conftest import Cluster


async def test_changed_row_is_a_difference(cluster: Cluster) -> None:
    async with connected(cluster.owner_url) as connection:
        await connection.execute("CREATE TABLE public.proved AS SELECT n, 'text' AS word FROM generate_series(1, 9) n")
        before = await prove(connection)
        await connection.execute("UPDATE public.proved SET word = 'texT' WHERE n = 5")
        after = await prove(connection)
        await connection.execute("DROP TABLE public.proved")
        without = await prove(connection)
    assert differences(before, before) == []
    assert differences(before, after)[0].startswith("public.proved: 9 rows")
    assert differences(before, without)[0].endswith("no table found")


async def test_writers_go_on_while_the_rows_are_counted(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected(cluster.owner_url) as connection:
        await connection.execute("CREATE TABLE public.written (n int)")
        counted = queries.fix_form_of_values

        async def write_meanwhile(reader: "asyncpg.Connection[asyncpg.Record]") -> None:
            await connection.execute("INSERT INTO public.written VALUES (1)")
            await counted(reader)

        monkeypatch.setattr(queries, "fix_form_of_values", write_meanwhile)
        proof, _ = await prove_at(cluster.owner_url, "somewhere")
        await connection.execute("DROP TABLE public.written")
    assert proof["public.written"].rows == 0


async def test_writer_without_a_pause_is_one_line(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.kit.backup.proof.ATTEMPTS", 1)
    async with connected(cluster.owner_url) as writer, writer.transaction():
        await writer.execute("CREATE TABLE public.held AS SELECT 1 AS n")
        await writer.execute("LOCK TABLE log.head IN ROW EXCLUSIVE MODE")
        with pytest.raises(BackupError, match="written to without a pause"):
            await prove_at(cluster.owner_url, "nowhere")
        await writer.execute("DROP TABLE public.held")
