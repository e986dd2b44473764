"""How the clock of the demo moves."""

from datetime import timedelta
from unittest.mock import AsyncMock

import pytest

from taskyard.composition.demo.founding import Company
from taskyard.composition.demo.telling import Teller
from taskyard.kit import clock

SLACK = timedelta(seconds=5)


@pytest.mark.parametrize(("ahead", "settles"), [(-3600, 0), (0, 0), (59, 0), (3600, 1)])
async def test_clock_moves_forward_only_and_far_only_when_all_is_settled(ahead: int, settles: int) -> None:
    aftermath = AsyncMock()
    clock.travel(timedelta(days=-90))
    before = clock.now()
    await Teller(Company({}, {}), aftermath)._move_on(before + timedelta(seconds=ahead))

    assert abs(clock.now() - before - timedelta(seconds=max(ahead, 0))) < SLACK
    assert aftermath.settle.await_count == settles
