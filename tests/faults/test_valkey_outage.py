"""Drill 9: Valkey is away for a minute under load. Nothing is refused, nothing lost, and nothing told late."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.length import either
from tests.faults.load import Load
from tests.faults.verdict import Scene
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.stream import Stream
from tests.journeys.valkey import Valkey

pytestmark = pytest.mark.slow
SECONDS = either(8, 60)
"""For how long Valkey is away; before and after it is there for a quarter of that."""
LATEST = 2.0


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """The one that goes away."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.stop()


class TimedStream(Stream):
    """A stream that notes how long after it happened each event arrived, in seconds."""

    def __init__(self, person: Someone, last_event_id: str) -> None:
        super().__init__(person, last_event_id)
        self.lags: list[float] = []

    def _note(self, fields: dict[str, str]) -> None:
        super()._note(fields)
        if "id" in fields:
            at = datetime.fromisoformat(self.events[-1][2]["at"])
            self.lags.append((datetime.now(UTC) - at).total_seconds())


def list_late(lags: list[float], latest: float) -> list[str]:
    """Events that arrived too late."""
    return [f"event {number} came after {lag:.1f} s" for number, lag in enumerate(lags) if lag > latest]


@pytest.mark.parametrize("shape", ["one", "split"])
def test_valkey_is_away_for_a_while_and_nobody_notices(tmp_path: Path, valkey: Valkey, shape: str) -> None:
    stack = Stack(tmp_path / "home", shape, valkey=valkey, limits="off")
    with running(stack), ExitStack() as people:
        scene = Scene(*(people.enter_context(closing(Someone(stack, name))) for name in ("Ann", "Bob", "Eve")))
        load = Load(stack, scene.ann, scene.project, scene.bob.id)
        with TimedStream(scene.ann, scene.start) as stream:
            with load.working(writers=3, pause=0.1):
                time.sleep(SECONDS / 4)
                valkey.stop()
                sign_in_for(SECONDS, scene.bob)
                valkey.start()
                time.sleep(SECONDS / 4)
            faults = scene.judge(load, [stream])
        assert faults == []
        assert load.troubles == []
        assert load.outcomes["ok"] > SECONDS
        assert list_late(stream.lags, LATEST) == []
        assert stack.stop() == 0, stack.output()


def sign_in_for(seconds: float, person: Someone) -> None:
    """Sign in once a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        person.sign_in()
        time.sleep(min(1.0, max(0.0, until - time.monotonic())))


def test_checker_notices_what_came_late() -> None:
    assert list_late([0.1, 2.0], LATEST) == []
    assert list_late([0.1, 2.5], LATEST) == ["event 1 came after 2.5 s"]
