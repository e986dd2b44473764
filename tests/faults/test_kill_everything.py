"""A power cut amid writers: what was acknowledged is there afterwards, with exactly one event."""

import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.length import either
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.stream import Stream

WRITERS = 16
SECONDS = either(2.0, 5.0)
CUTS = either(3, 10)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["one", "split"])
def test_every_acknowledged_task_survives_kill_9_with_one_event(tmp_path: Path, shape: str) -> None:
    with running(Stack(tmp_path / "home", shape, limits="off")) as stack, closing(Someone(stack, "Ann")) as ann:
        assert_nothing_is_lost(stack, ann)
        assert stack.stop() == 0


def assert_nothing_is_lost(stack: Stack, ann: Someone) -> None:
    """Cut the power three times amid writers, then compare what is there with what was acknowledged."""
    project = ann.project(ann.workspace()["id"])
    acknowledged: list[str] = []
    seen: list[str] = []
    last_event_id = "0"
    for _ in range(CUTS):
        with Stream(ann, last_event_id) as stream:
            acknowledged += write_until_killed(stack, ann, project["id"])
        seen += created(stream)
        last_event_id = stream.events[-1][0] if stream.events else last_event_id
        stack.start()
        ann.sign_in()
    seen += created(settled(ann, last_event_id))

    assert acknowledged
    assert missing(acknowledged, all_tasks(ann, project["id"])) == set()
    events = all_events(ann, project["id"])
    counts = Counter(event["resource_id"] for event in events if event["type"] == "task.created.v1")
    assert {task: counts[task] for task in acknowledged if counts[task] != 1} == {}
    assert len(seen) == len(set(seen)), "the stream repeated an event"
    assert missing(acknowledged, seen) == set(), "the stream has a hole"


def test_the_checker_sees_a_lost_task() -> None:
    assert missing(["a", "b"], ["b"]) == {"a"}


def write_until_killed(stack: Stack, ann: Someone, project_id: str) -> list[str]:
    """Create tasks from many threads, cut the power in the middle; the ids that were answered."""
    acknowledged: list[str] = []
    stop = threading.Event()

    def writer() -> None:
        with httpx.Client(base_url=stack.url, headers=dict(ann.client.headers), timeout=10) as client:
            while not stop.is_set():
                try:
                    answer = client.post("/api/v1/tasks", json={"project_id": project_id, "title": "Survive"})
                except httpx.HTTPError:
                    return
                if answer.status_code == httpx.codes.CREATED:
                    acknowledged.append(answer.json()["id"])

    threads = [threading.Thread(target=writer) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    stack.kill()
    stop.set()
    for thread in threads:
        thread.join()
    return acknowledged


def created(stream: Stream) -> list[str]:
    """The tasks whose creation a stream told."""
    return [data["resource_id"] for _, name, data in stream.events if name == "task.created.v1"]


def settled(ann: Someone, last_event_id: str) -> Stream:
    """A resumed stream, once nothing new has arrived for a second."""
    with Stream(ann, last_event_id) as stream:
        count = -1
        while count != len(stream.events):
            count = len(stream.events)
            time.sleep(1)
    return stream


def missing(expected: list[str], found: list[str]) -> set[str]:
    """What was acknowledged and is not there."""
    return set(expected) - set(found)


def all_tasks(ann: Someone, project_id: str) -> list[str]:
    """Every task of a project, page by page."""
    return [item["id"] for item in pages(ann, "/tasks", project_id=project_id)]


def all_events(ann: Someone, project_id: str) -> list[dict[str, Any]]:
    """Every event of a project, page by page."""
    items: list[dict[str, Any]] = []
    after: Any = 0
    while True:
        page = ann.get("/events", after=after, project_id=project_id, limit=200)
        items += page["items"]
        if not page["items"]:
            return items
        after = page["items"][-1]["position"]


def pages(person: Someone, path: str, **query: str) -> list[dict[str, Any]]:
    """All items of a list."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = person.get(path, 200, limit=200, **query, **cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}
