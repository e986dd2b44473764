"""Numbers shared by creates that arrive together."""

import asyncio

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable
from taskyard.task.actions import numbers as module
from taskyard.task.actions.numbers import TaskNumbers
from taskyard.task.queries.numbers import take_numbers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many numbers each statement took."""
    counts: list[int] = []

    async def counted(database: Database, workspace_id: str, project_id: str, count: int) -> int:
        counts.append(count)
        return await take_numbers(database, workspace_id, project_id, count)

    monkeypatch.setattr(module, "take_numbers", counted)
    return counts


async def test_callers_who_wait_together_share_a_statement(databases: dict[str, Database], asked: list[int]) -> None:
    numbers, project = TaskNumbers(databases["task"]), (new_id(), new_id())
    taken = await asyncio.gather(*(numbers.take(*project) for _ in range(50)))

    assert sorted(taken) == list(range(1, 51))
    assert sum(asked) == 50
    assert len(asked) <= 2


async def test_two_processes_never_give_the_same_number(databases: dict[str, Database]) -> None:
    project = (new_id(), new_id())
    givers = [TaskNumbers(databases["task"]) for _ in range(2)]
    taken = await asyncio.gather(*(givers[n % 2].take(*project) for n in range(100)))

    assert sorted(taken) == list(range(1, 101))


async def test_caller_who_goes_away_disturbs_nobody(databases: dict[str, Database]) -> None:
    numbers, project = TaskNumbers(databases["task"]), (new_id(), new_id())
    calls = [asyncio.create_task(numbers.take(*project)) for _ in range(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])
    assert len({result for result in results[1::2] if isinstance(result, int)}) == 5
    assert isinstance(await numbers.take(*project), int)


async def test_failure_reaches_every_waiter_and_the_next_caller_starts_afresh(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, project = TaskNumbers(databases["task"]), (new_id(), new_id())

    async def away(*_: object) -> int:
        await asyncio.sleep(0.01)
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(module, "take_numbers", away)
        calls = [asyncio.create_task(numbers.take(*project)) for _ in range(3)]
        await asyncio.sleep(0.001)
        calls[0].cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(result) for result in results] == [asyncio.CancelledError, Unavailable, Unavailable]
    assert await numbers.take(*project) == 1


async def test_waiters_are_let_go_when_serving_is_cancelled(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(*_: object) -> int:
        await asyncio.sleep(60)
        return 0

    monkeypatch.setattr(module, "take_numbers", hanging)
    numbers, project = TaskNumbers(databases["task"]), (new_id(), new_id())
    calls = [asyncio.create_task(numbers.take(*project)) for _ in range(3)]
    await asyncio.sleep(0.01)
    for serving in list(numbers._serving):
        serving.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(result, asyncio.CancelledError) for result in results)
