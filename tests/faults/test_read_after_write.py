"""Whoever reads after a version was acknowledged never gets an older one, whatever Valkey does.

Tasks that a process knows already (decision 0058) are the only results of queries that are kept; this is their oracle.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.faults.length import either
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.valkey import Valkey

pytestmark = pytest.mark.slow
SECONDS = either(1.5, 60.0)
"""For how long Valkey is in each of its states."""
TASKS = 6
READERS = 3
"""Each on a connection of its own, so that several processes answer."""


class Oracle:
    """What each task is at least: the version and the title that were acknowledged last."""

    def __init__(self) -> None:
        self.least: dict[str, tuple[int, int]] = {}
        self.faults: list[str] = []
        self.reads = self.writes = 0

    def acknowledge(self, task_id: str, version: int, number: int) -> None:
        """Remember what a write answered."""
        self.least[task_id] = (version, number)
        self.writes += 1

    def compare(self, before: dict[str, tuple[int, int]], told: list[dict[str, object]]) -> None:
        """Note what is older than what was acknowledged before it was asked for."""
        self.reads += 1
        for task in told:
            got = (int(str(task["version"])), int(str(task["title"])))
            if got < before[str(task["id"])]:
                self.faults.append(f"{task['id']}: {got} after {before[str(task['id'])]}")


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.mark.parametrize(("shape", "workers"), [("one", 2), ("split", 1)])
def test_no_read_is_older_than_what_was_acknowledged(tmp_path: Path, valkey: Valkey, shape: str, workers: int) -> None:
    stack, oracle = Stack(tmp_path / "home", shape, valkey=valkey, workers=workers, limits="off"), Oracle()
    with running(stack), ExitStack() as open_:
        ann = open_.enter_context(closing(Someone(stack, "Ann")))
        project = ann.project(ann.workspace()["id"])["id"]
        for _ in range(TASKS):
            task = ann.post("/tasks", {"project_id": project, "title": "0"})
            oracle.acknowledge(task["id"], task["version"], 0)
        over = threading.Event()
        jobs = [partial(write, ann, oracle, task_id, over) for task_id in oracle.least]
        jobs += [partial(read, ann, oracle, project, over)] * READERS
        threads = [threading.Thread(target=job) for job in jobs]
        for thread in threads:
            thread.start()
        disturb(valkey)
        over.set()
        for thread in threads:
            thread.join(60)
        assert oracle.faults == []
        assert oracle.reads > READERS * SECONDS
        assert oracle.writes > TASKS * SECONDS
        assert stack.stop() == 0, stack.output()


def disturb(valkey: Valkey) -> None:
    """Let Valkey be well, emptied again and again, hang, go, and come back."""
    time.sleep(SECONDS)
    until = time.monotonic() + SECONDS
    with valkey.client() as client:
        while time.monotonic() < until:
            client.flushall()
            time.sleep(0.05)
    valkey.pause()
    time.sleep(SECONDS)
    valkey.resume()
    time.sleep(SECONDS)
    valkey.stop()
    time.sleep(SECONDS)
    valkey.start()
    time.sleep(SECONDS)


def working(ann: Someone, oracle: Oracle, over: threading.Event, step: Callable[[httpx.Client], None]) -> None:
    """Do something again and again over a connection of one's own; what goes wrong is a fault, too."""
    with ann.stack.client(**dict(ann.client.headers)) as client:
        while not over.is_set():
            try:
                step(client)
            except Exception as error:  # noqa: BLE001 - a thread has nobody to raise it for
                oracle.faults.append(repr(error))
                return


def write(ann: Someone, oracle: Oracle, task_id: str, over: threading.Event) -> None:
    """Give one task other titles: 1, 2, 3."""

    def step(client: httpx.Client) -> None:
        number = oracle.least[task_id][1] + 1
        answer = client.patch(f"/api/v1/tasks/{task_id}", json={"title": str(number)}).raise_for_status()
        oracle.acknowledge(task_id, answer.json()["version"], number)
        time.sleep(0.02)

    working(ann, oracle, over, step)


def read(ann: Someone, oracle: Oracle, project: str, over: threading.Event) -> None:
    """Read the list and each task."""

    def step(client: httpx.Client) -> None:
        before = dict(oracle.least)
        page = client.get("/api/v1/tasks", params={"project_id": project}).raise_for_status().json()
        oracle.compare(before, page["items"])
        for task_id in before:
            oracle.compare(dict(oracle.least), [client.get(f"/api/v1/tasks/{task_id}").raise_for_status().json()])

    working(ann, oracle, over, step)
