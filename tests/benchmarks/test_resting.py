"""Nothing is measured before the measured rests."""

from argparse import Namespace
from collections.abc import Iterable
from itertools import chain, repeat
from pathlib import Path
from unittest.mock import Mock

import pytest

import benchmarks.__main__ as bench
from benchmarks.__main__ import Bench


@pytest.fixture(autouse=True)
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "PATIENCE", 0.001)


def _bench(shares: Iterable[float]) -> Bench:
    """One whose server takes these percents of a core, one at each look."""
    accounts = chain.from_iterable((0.0, share / 100 * bench.PATIENCE) for share in shares)
    product = Mock(cpu_seconds=Mock(side_effect=accounts))
    return Bench(product, Mock(), Path(), Namespace(rounds=1, seconds=1))


async def test_rest_is_waited_for_however_long_the_background_is_busy(capsys: pytest.CaptureFixture[str]) -> None:
    idle = await _bench([*repeat(90, 60), 2]).idle_cpu()

    assert idle == pytest.approx(2)
    assert "waiting for rest: 90 % of a core" in capsys.readouterr().out


async def test_rest_that_never_comes_ends_it() -> None:
    with pytest.raises(RuntimeError, match=r"does not come to rest: .* takes 40 % of a core"):
        await _bench(repeat(40)).idle_cpu()
