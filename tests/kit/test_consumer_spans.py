"""A consumer that handles a span of events at once: by one call, and a failure takes nothing with it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from taskyard.kit.consumers import ATTEMPTS, Consumer, catch_up, replay_dead_letters
from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Conflict
from taskyard.kit.queries import changelog, consumers
from tests.kit.log_writers import SCRATCH_TABLES, list_effects, place_all, write_events


class Spans:
    """Handles spans, except those with a poisonous position in them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.taken: list[tuple[int, int]] = []
        self.poison = 0
        self.consumer = Consumer(name=new_id(), handle_span=self._handle, retry_after=timedelta(0))

    async def _handle(self, tx: Transaction, after: int, until: int) -> None:
        self.taken.append((after, until))
        await tx.execute(
            "INSERT INTO public.drill_effects (consumer, position) SELECT $1, generate_series($2::bigint, $3::bigint)",
            self.consumer.name,
            after + 1,
            until,
        )
        if after < self.poison <= until:
            raise Conflict


@pytest.fixture
async def spans(databases: dict[str, Database]) -> AsyncIterator[Spans]:
    await databases["owner"].execute(SCRATCH_TABLES)
    await place_all(databases)
    spans = Spans(databases["notification"])
    await consumers.insert_cursor(spans.database, spans.consumer.name, at_head=True)
    yield spans
    await place_all(databases)


@pytest.fixture
async def start(databases: dict[str, Database], spans: Spans) -> int:  # noqa: ARG001 - comes after it
    """The last position before the test."""
    return (await changelog.find_head(databases["task"]))[1]


async def test_a_window_is_one_call(databases: dict[str, Database], spans: Spans, start: int) -> None:
    await write_events(databases["task"], 150)
    await place_all(databases)
    await catch_up(spans.database, spans.consumer)
    assert spans.taken == [(start, start + 100), (start + 100, start + 150)]
    assert await list_effects(databases, spans.consumer.name) == list(range(start + 1, start + 151))


async def test_an_event_that_fails_takes_nothing_with_it(
    databases: dict[str, Database], spans: Spans, start: int
) -> None:
    spans.poison = start + 38
    await write_events(databases["task"], 120)
    await place_all(databases)
    await catch_up(spans.database, spans.consumer)
    others = [position for position in range(start + 1, start + 121) if position != spans.poison]
    assert await list_effects(databases, spans.consumer.name) == others
    assert spans.taken.count((spans.poison - 1, spans.poison)) == ATTEMPTS
    assert len(spans.taken) < 30
    spans.poison = 0
    assert await replay_dead_letters(spans.database, spans.consumer) == 1
    assert await list_effects(databases, spans.consumer.name) == list(range(start + 1, start + 121))
