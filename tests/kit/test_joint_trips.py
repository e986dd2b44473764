"""Statements that run together: each caller gets their own answer, and nobody suffers for another."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from taskyard.kit.database import Database
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.joint_trips import AT_ONCE, Joint
from taskyard.kit.problems import OutcomeUnknown, Unavailable

TABLE = """
    DROP TABLE IF EXISTS public.trips;
    CREATE TABLE public.trips (id integer CONSTRAINT trips_once PRIMARY KEY, transaction bigint, seen integer DEFAULT 0)
"""
BACKEND = Joint("SELECT $1::int, pg_current_xact_id()::text, pg_sleep(0.01)")
FIND = Joint("SELECT id, pg_sleep(0.01) FROM public.trips WHERE id = $1")
WRITE = Joint(
    "INSERT INTO public.trips (id, transaction) SELECT $1, pg_current_xact_id()::text::bigint RETURNING id",
    is_write=True,
)
TOUCH = "UPDATE public.trips SET seen = seen + 1 {condition} RETURNING seen"
_PATIENCE = "FROM (SELECT set_config('lock_timeout', '50ms', true)) AS patience WHERE id = $1"
VISIT = Joint(TOUCH.format(condition="WHERE id = $1"), together=TOUCH.format(condition=_PATIENCE), is_write=True)
MANY = 4 * AT_ONCE


@pytest.fixture
async def database(databases: dict[str, Database]) -> AsyncIterator[Database]:
    """A table of trips, empty."""
    owner = databases["owner"]
    await owner.execute(TABLE)
    yield owner
    await owner.execute("DROP TABLE public.trips")


async def ask(database: Database, statement: Joint, *args: Any) -> Any:
    """The first column of the answer, None without one, or the refusal."""
    try:
        row = await database.fetch_row_jointly(statement, str(args[0]), *args)
    except (DuplicateRow, Unavailable) as error:
        return type(error)
    return None if row is None else row[0]


async def ask_at_once(database: Database, statement: Joint, keys: list[Any]) -> list[Any]:
    return await asyncio.gather(*(ask(database, statement, key) for key in keys))


async def test_everybody_gets_their_own_answer(database: Database) -> None:
    assert await ask_at_once(database, BACKEND, list(range(100))) == list(range(100))
    assert database.pool.in_use == 0


async def test_who_waits_goes_together_in_one_transaction(database: Database) -> None:
    rows = await asyncio.gather(*(database.fetch_row_jointly(BACKEND, "", number) for number in range(MANY)))
    transactions = [row[1] for row in rows if row is not None]
    assert len(set(transactions[:AT_ONCE])) == AT_ONCE
    assert len(set(transactions[AT_ONCE:])) == 1


async def test_lonely_statement_needs_no_company(database: Database) -> None:
    assert await ask(database, WRITE, 1) == 1
    assert await ask(database, FIND, 1) == 1
    assert await ask(database, FIND, 2) is None


async def test_who_has_no_row_gets_none_and_the_others_theirs(database: Database) -> None:
    await database.execute("INSERT INTO public.trips SELECT n FROM generate_series(0, 30, 3) n")
    keys = list(range(MANY))
    assert await ask_at_once(database, FIND, keys) == [key if key % 3 == 0 else None for key in keys]


async def test_refusal_of_one_is_nobody_elses(database: Database) -> None:
    await database.execute("INSERT INTO public.trips VALUES (5)")
    keys = list(range(MANY))
    assert await ask_at_once(database, WRITE, keys) == [DuplicateRow if key == 5 else key for key in keys]
    assert await database.fetch_value("SELECT count(*) FROM public.trips") == MANY


async def test_write_that_answers_nothing_is_not_run_again(database: Database) -> None:
    silent = Joint("INSERT INTO public.trips (id) VALUES ($1)", is_write=True)
    answers = await asyncio.gather(*(ask(database, silent, key) for key in range(MANY)), return_exceptions=True)
    assert [type(answer) for answer in answers[AT_ONCE:]] == [RuntimeError] * (MANY - AT_ONCE)
    assert await database.fetch_value("SELECT count(*) FROM public.trips") == MANY


async def test_value_that_cannot_be_sent_is_refused_alone(database: Database) -> None:
    answers = await asyncio.gather(
        *(ask(database, WRITE, key) for key in [*range(MANY), "no number"]), return_exceptions=True
    )
    assert answers[:-1] == list(range(MANY))
    assert isinstance(answers[-1], asyncpg.DataError)


async def test_lock_that_one_waits_for_does_not_hold_up_the_others(database: Database) -> None:
    await database.execute("INSERT INTO public.trips SELECT n FROM generate_series(0, 30) n")
    async with database.transaction() as tx:
        await tx.execute("UPDATE public.trips SET seen = 10 WHERE id = 7")
        everybody = [asyncio.create_task(ask(database, VISIT, key)) for key in range(MANY)]
        done, waiting = await asyncio.wait(everybody, timeout=2)
        assert len(done) == MANY - 1
    assert [await one for one in everybody] == [11 if key == 7 else 1 for key in range(MANY)]
    assert not [one for one in waiting if not one.done()]


async def test_who_leaves_takes_nobody_along(database: Database) -> None:
    everybody = [asyncio.create_task(ask(database, WRITE, key)) for key in range(MANY)]
    await asyncio.sleep(0)
    everybody[-1].cancel()
    answers = await asyncio.gather(*everybody, return_exceptions=True)
    assert answers[:-1] == list(range(MANY - 1))
    assert isinstance(answers[-1], asyncio.CancelledError)


async def test_cut_leaves_the_outcome_of_all_who_went_together_unknown(database: Database) -> None:
    slow = Joint("SELECT $1::int FROM (SELECT pg_sleep(0.3)) AS slow", is_write=True)
    everybody = asyncio.create_task(ask_at_once(database, slow, list(range(AT_ONCE + 3))))
    await asyncio.sleep(0.45)
    await database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1 AND state = 'active'", slow.sql
    )
    assert await everybody == [*range(AT_ONCE), *[OutcomeUnknown] * 3]
    assert await ask_at_once(database, BACKEND, list(range(MANY))) == list(range(MANY))


async def test_without_a_connection_everybody_is_told(database: Database) -> None:
    await database.fetch_value("SELECT 1")
    pool = database.pool
    taken = [await pool.acquire() for _ in range(pool.size)]
    assert await ask_at_once(database, BACKEND, list(range(AT_ONCE + 2))) == [Unavailable] * (AT_ONCE + 2)
    for connection in taken:
        pool.release(connection)
    assert await ask(database, BACKEND, 1) == 1
