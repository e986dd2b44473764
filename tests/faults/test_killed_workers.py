"""Drills 14 and 15: whoever gives events their places and works off jobs dies again and again, and nothing is lost."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.length import either
from tests.faults.load import Load
from tests.faults.verdict import Scene
from tests.faults.workers import Workers, stopped
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.stream import Stream

pytestmark = pytest.mark.slow
KILLS = either(3, 100)
LONGEST_LIFE = 1.5


def test_killed_workers_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    with running(Stack(tmp_path / "home", "split", limits="off")) as stack, ExitStack() as people:
        scene = Scene(*(people.enter_context(closing(Someone(stack, name))) for name in ("Ann", "Bob", "Eve")))
        load = Load(stack, scene.ann, scene.project, scene.bob.id)
        workers = Workers(stack, seed=14)
        with Stream(scene.ann, scene.start) as stream:
            with stopped(stack), load.working(pause=0.1):
                workers.kill(KILLS, LONGEST_LIFE)
            faults = scene.judge(load, [stream])
        assert faults == []
        assert load.outcomes["ok"] > KILLS
        assert load.troubles == []
        assert stack.stop() == 0, stack.output()
