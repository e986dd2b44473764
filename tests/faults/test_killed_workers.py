"""Drills 14 and 15: whoever gives events their places and works off jobs dies again and again, and nothing is lost."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.checkers import list_other_effects
from tests.faults.length import either
from tests.faults.load import Load
from tests.faults.verdict import SETTLED_SECONDS, Scene, Thing, everything_told, log_of
from tests.faults.workers import Workers, stopped
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.stream import Stream

pytestmark = pytest.mark.slow
KILLS = either(3, 100)
PARTS = either(1, 5)
REMINDERS = 20
REMINDED_FOR = either(10.0, 120.0)
"""Seconds over which the reminders are spread."""
LONGEST_LIFE = 1.5


def ask_for_reminders(scene: Scene) -> tuple[str, list[str]]:
    """A task, and when Ann is to be reminded of it: all the while workers are killed."""
    task = scene.ann.post("/tasks", {"project_id": scene.project, "title": "Do not forget"})["id"]
    instants = [
        datetime.now(UTC) + timedelta(seconds=2 + number * REMINDED_FOR / REMINDERS) for number in range(REMINDERS)
    ]
    return task, [
        scene.ann.post(f"/tasks/{task}/reminders", {"remind_at": instant.isoformat()})["id"] for instant in instants
    ]


def list_reminded_otherwise(scene: Scene, task: str, reminders: list[str]) -> list[str]:
    """Reminders that were not told exactly once, by the log and by the inbox."""
    wait_until(lambda: not scene.ann.get(f"/tasks/{task}/reminders")["items"])
    wait_until(lambda: len(reminded(scene)) >= len(reminders) <= len(told_by_log(scene)))
    faults = list_other_effects(
        [(event["resource_id"], str(event["position"])) for event in told_by_log(scene)], reminders, what="told"
    )
    return faults if len(reminded(scene)) == len(reminders) else [*faults, f"{len(reminded(scene))} notifications"]


def told_by_log(scene: Scene) -> list[Thing]:
    return log_of(scene.ann, scene.start, type="reminder.told.v1")


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what a worker brings about; what never comes is for the checkers."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while time.monotonic() < deadline and not is_so():
        time.sleep(0.2)


def reminded(scene: Scene) -> list[str]:
    return [one["id"] for one in everything_told(scene.ann) if one["reason"] == "reminder"]


def test_killed_workers_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    with running(Stack(tmp_path / "home", "split", limits="off")) as stack, ExitStack() as people:
        scene = Scene(*(people.enter_context(closing(Someone(stack, name))) for name in ("Ann", "Bob", "Eve")))
        load = Load(stack, scene.ann, scene.project, scene.bob.id)
        task, reminders = ask_for_reminders(scene)
        streams = kill_amid(stack, scene, load)
        scene.sign_in()
        with Stream(scene.ann, last_place(streams, scene.start)) as stream:
            faults = list_reminded_otherwise(scene, task, reminders) + scene.judge(load, [*streams, stream])
        assert faults == []
        assert load.outcomes["ok"] > KILLS
        assert load.troubles == []
        assert stack.stop() == 0, stack.output()


def kill_amid(stack: Stack, scene: Scene, load: Load) -> list[Stream]:
    """Kill workers while people work and a stream is read, in parts that are shorter than an access token lasts."""
    workers, streams = Workers(stack, seed=14), list[Stream]()
    for _ in range(PARTS):
        scene.sign_in()
        with Stream(scene.ann, last_place(streams, scene.start)) as stream, stopped(stack), load.working(pause=0.1):
            workers.kill(KILLS // PARTS, LONGEST_LIFE)
        streams.append(stream)
    return streams


def last_place(streams: list[Stream], start: str) -> str:
    """Where to resume."""
    places = [place for stream in streams for place, _, _ in stream.events if place]
    return places[-1] if places else start
