"""Background work outlasts its failures."""

import asyncio

import pytest

from taskyard.kit import loops
from taskyard.kit.loops import full_jitter, keep_running
from taskyard.kit.problems import Unavailable


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("a bug")], ids=["outage", "bug"])
async def test_work_goes_on_after_an_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.001)
    steps, done = 0, asyncio.Event()

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps <= 3:
            raise error
        done.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(keep_running("test", step))
    await asyncio.wait_for(done.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == 4


def test_pauses_are_spread_below_a_growing_limit() -> None:
    for failures, limit in [(1, 2.0), (3, 8.0), (5, 32.0), (30, 60.0), (100_000, 60.0)]:
        pauses = [full_jitter(failures, first=2, longest=60) for _ in range(500)]
        assert 0 <= min(pauses) < limit * 0.2
        assert limit * 0.8 < max(pauses) <= limit
