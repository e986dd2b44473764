"""Statements and transactions, and what becomes of them when something breaks."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import asyncpg
import pytest

from taskyard.kit.database import Database, Transaction, refuse_inside_transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.joint_trips import Joint
from taskyard.kit.problems import NotFound, OutcomeUnknown, Unavailable

SLOW_COMMIT = """
    DROP TABLE IF EXISTS public.notes;
    CREATE TABLE public.notes (id integer CONSTRAINT notes_once UNIQUE DEFERRABLE INITIALLY IMMEDIATE, text text);
    CREATE OR REPLACE FUNCTION public.linger() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF new.text = 'slow' THEN PERFORM pg_sleep(0.4); END IF; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER lingers AFTER INSERT ON public.notes DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.linger();
"""
INSERT = "INSERT INTO public.notes VALUES ($1, $2)"


@pytest.fixture
async def database(databases: dict[str, Database]) -> AsyncIterator[Database]:
    """A table whose rows named 'slow' take 0.4 seconds to commit."""
    owner = databases["owner"]
    await owner.execute(SLOW_COMMIT)
    yield owner
    await owner.execute("DROP TABLE public.notes")


async def _count(database: Database) -> int:
    count: int = await database.fetch_value("SELECT count(*) FROM public.notes")
    return count


async def _insert(database: Database, text: str = "quick") -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, 1, text)


async def test_transaction_commits(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, 1, "a")
        assert [row[0] for row in await tx.fetch("SELECT text FROM public.notes")] == ["a"]
        assert await tx.fetch_row("SELECT 1 WHERE false") is None
        assert await tx.fetch_value("SELECT 7") == 7

    assert await _count(database) == 1
    assert database.pool.in_use == 0


async def test_refusal_rolls_back(database: Database) -> None:
    async def act() -> None:
        async with database.transaction() as tx:
            await tx.execute(INSERT, 1, "a")
            raise NotFound

    with pytest.raises(NotFound):
        await act()
    assert await _count(database) == 0
    assert database.pool.in_use == 0


async def test_cancelled_transaction_leaves_nothing_and_its_connection_is_not_used_again(database: Database) -> None:
    async def act() -> None:
        async with database.transaction() as tx:
            await tx.execute(INSERT, 1, "a")
            await asyncio.sleep(60)

    task = asyncio.create_task(act())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await _count(database) == 0
    assert database.pool.in_use == 0


async def test_duplicate_names_its_constraint(database: Database) -> None:
    await database.execute(INSERT, 1, "a")
    with pytest.raises(DuplicateRow) as caught:
        await database.execute(INSERT, 1, "b")

    assert caught.value.constraint == "notes_once"


async def test_success_is_not_claimed_after_a_failed_statement(database: Database) -> None:
    async def swallow(tx: Transaction) -> None:
        await tx.execute(INSERT, 1, "a")
        with pytest.raises(DuplicateRow):
            await tx.execute(INSERT, 1, "b")

    with pytest.raises(RuntimeError, match="savepoint"):
        async with database.transaction() as tx:
            await swallow(tx)
    assert await _count(database) == 0


async def test_savepoint_loses_only_its_part(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, 1, "a")
        with pytest.raises(DuplicateRow):
            async with tx.savepoint():
                await tx.execute(INSERT, 1, "b")
        async with tx.savepoint():
            await tx.execute(INSERT, 2, "c")

    assert await _count(database) == 2


@pytest.mark.parametrize("cancels", [1, 3])
async def test_commit_runs_to_its_end_whoever_goes_away(database: Database, cancels: int) -> None:
    task = asyncio.create_task(_insert(database, "slow"))
    await asyncio.sleep(0.15)
    for _ in range(cancels):
        task.cancel()
        await asyncio.sleep(0.01)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await _count(database) == 1
    assert database.pool.in_use == 0


async def test_connection_lost_while_committing_leaves_the_outcome_unknown(database: Database) -> None:
    task = asyncio.create_task(_insert(database, "slow"))
    await asyncio.sleep(0.15)
    await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT'")

    with pytest.raises(OutcomeUnknown):
        await task
    assert database.pool.in_use == 0


async def test_commit_that_the_database_refuses_is_no_unknown_outcome(database: Database) -> None:
    async def act() -> None:
        async with database.transaction() as tx:
            await tx.execute("SET CONSTRAINTS ALL DEFERRED")
            await tx.execute(INSERT, 1, "b")

    await database.execute(INSERT, 1, "a")
    with pytest.raises(DuplicateRow):
        await act()
    assert await _count(database) == 1


async def test_commit_without_its_replica_is_an_unknown_outcome(database: Database) -> None:
    warning = SimpleNamespace(sqlstate="01000", message="canceling wait for synchronous replication")

    async def act() -> None:
        async with database.transaction() as tx:
            await tx.execute(INSERT, 2, "b")
            database.commits.note_warning(tx.borrowed.connection, warning)

    with pytest.raises(OutcomeUnknown):
        await act()

    await _insert(database)


async def test_dead_idle_connection_is_replaced(database: Database) -> None:
    pid = await database.fetch_value("SELECT pg_backend_pid()")
    other = await asyncpg.connect(database.pool._url)
    await other.execute("SELECT pg_terminate_backend($1)", pid)
    await other.close()
    await asyncio.sleep(0.05)

    assert await database.fetch_value("SELECT 1") == 1


async def test_slow_statement_is_unavailable_and_the_connection_survives(database: Database) -> None:
    async def act() -> None:
        async with database.transaction() as tx:
            await tx.execute("SET LOCAL statement_timeout = '50ms'")
            await tx.execute("SELECT pg_sleep(5)")

    with pytest.raises(Unavailable):
        await act()
    assert await database.fetch_value("SELECT 1") == 1


async def test_confused_driver_is_an_outage_and_its_connection_is_not_used_again(database: Database) -> None:
    async def confused(_: str) -> str:
        raise asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")

    async def act() -> None:
        async with database.transaction() as tx:
            await tx.execute("SELECT 1")
            real = tx.borrowed.connection
            tx.borrowed.connection = SimpleNamespace(  # type: ignore[assignment] # as after a cut
                execute=confused, is_closed=real.is_closed, terminate=real.terminate
            )
            await tx.execute("SELECT 1")

    before = await database.fetch_value("SELECT pg_backend_pid()")
    with pytest.raises(Unavailable):
        await act()

    assert await database.fetch_value("SELECT pg_backend_pid()") != before


async def test_wrong_parameter_is_a_bug_and_not_unavailable(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        await database.execute(INSERT, "one", "a")


WRITE = Joint(
    "WITH written AS (INSERT INTO public.notes VALUES ($1, $2) RETURNING id) SELECT EXISTS (SELECT FROM written)",
    is_write=True,
)


async def test_one_announced_statement_is_the_whole_transaction(database: Database) -> None:
    told: list[list[str]] = []
    database.on_events = lambda kinds: told.append(list(kinds))
    async with database.transaction() as tx:
        assert await tx.write_announced("note.written.v1", WRITE, "", 1, "a")
        assert await _count(database) == 1
        with pytest.raises(RuntimeError, match="was committed"):
            await tx.execute(INSERT, 2, "b")
    assert told == [["note.written.v1"]]


async def test_announced_statement_within_a_transaction_waits_for_its_commit(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, 1, "a")
        assert await tx.write_announced("note.written.v1", WRITE, "", 2, "b")
        assert await _count(database) == 0
    assert await _count(database) == 2


async def test_announced_statement_within_a_part_is_undone_with_it(database: Database) -> None:
    async def write(tx: Transaction) -> None:
        async with tx.savepoint():
            assert await tx.write_announced("note.written.v1", WRITE, "", 1, "a")
            raise NotFound

    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await write(tx)
    assert await _count(database) == 0


async def test_statement_that_writes_nothing_announces_nothing_and_lets_others_follow(database: Database) -> None:
    async with database.transaction() as tx:
        assert not await tx.write_announced("note.written.v1", Joint("SELECT false"), "")
        await tx.execute(INSERT, 1, "a")
    assert tx.announced == []
    assert await _count(database) == 1


async def test_cut_in_the_one_statement_leaves_the_outcome_unknown(database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as tx:
            await tx.write_announced("note.written.v1", WRITE, "", 1, "slow")

    task = asyncio.create_task(write())
    await asyncio.sleep(0.15)
    await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'WITH written%'")
    with pytest.raises(OutcomeUnknown):
        await task


async def test_announced_transactions_are_told_after_their_commit(database: Database) -> None:
    told: list[int] = []
    database.on_announced = lambda: told.append(1)
    await _insert(database)
    assert told == []

    async with database.transaction() as tx:
        tx.announced.append("something.happened.v1")
        assert told == []
    assert told == [1]


async def test_calls_to_other_services_are_refused_inside_a_transaction(database: Database) -> None:
    refuse_inside_transaction("People.list_people")
    async with database.transaction():
        with pytest.raises(RuntimeError, match="list_people"):
            refuse_inside_transaction("People.list_people")
    refuse_inside_transaction("People.list_people")
