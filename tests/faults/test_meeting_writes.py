"""Drills 20 and 21: one key many times and then a power cut has one effect; of many changes of a version one wins."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx
import pytest

from tests.faults.checkers import list_other_effects
from tests.faults.length import either
from tests.faults.verdict import log_of, pages
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running

pytestmark = pytest.mark.slow
PARALLEL = 50
CUTS = either(1, 12)
VERSIONS = either(3, 100)
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"meeting-{shape}")) for shape in ("one", "split")]


@pytest.fixture(scope="module", params=SHAPES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A Taskyard to be killed."""
    home: Path = tmp_path_factory.mktemp("meeting") / "home"
    with running(Stack(home, request.param, limits="off")) as stack:
        yield stack
        assert stack.stop() == 0, stack.output()


@pytest.fixture
def ann(stack: Stack) -> Iterator[Someone]:
    with closing(Someone(stack, "Ann")) as ann:
        yield ann


@pytest.fixture
def project(ann: Someone) -> str:
    return str(ann.project(ann.workspace()["id"])["id"])


def send_all(stack: Stack, ann: Someone, sends: list[Callable[[httpx.Client], httpx.Response]]) -> list[int]:
    """Send all at once; the statuses of what was answered."""

    def send(one: Callable[[httpx.Client], httpx.Response]) -> int:
        try:
            return one(client).status_code
        except httpx.HTTPError:
            return 0

    limits = httpx.Limits(max_connections=PARALLEL)
    with ExitStack() as opened:
        options = {"base_url": stack.url, "headers": dict(ann.client.headers), "timeout": 20, "limits": limits}
        client = opened.enter_context(httpx.Client(**options))  # type: ignore[arg-type] # of many types
        threads = opened.enter_context(ThreadPoolExecutor(PARALLEL))
        return list(threads.map(send, sends))


def creation(project: str, cause: str, key: str) -> Callable[[httpx.Client], httpx.Response]:
    body = {"project_id": project, "title": "Only once", "description": cause}
    return lambda client: client.post("/api/v1/tasks", json=body, headers={"Idempotency-Key": key})


def made_of(ann: Someone, project: str) -> list[tuple[str, str]]:
    """The tasks, by what caused them."""
    return [(task["description"], task["id"]) for task in pages(ann, "/tasks", project_id=project)]


def test_one_key_has_one_effect_whenever_the_power_is_cut(stack: Stack, ann: Someone, project: str) -> None:
    chance, keys = Random(20), [uuid4().hex for _ in range(CUTS)]  # noqa: S311 - chance cuts the power here
    for key in keys:
        cut = threading.Timer(chance.uniform(0.01, 0.4), stack.kill)
        cut.start()
        statuses = send_all(stack, ann, [creation(project, key, key)] * PARALLEL)
        cut.join()
        assert set(statuses) <= {0, 201, 409, 502, 503}, Counter(statuses)
        stack.start()
        assert set(send_all(stack, ann, [creation(project, key, key)] * 3)) <= {201, 409}
        assert send_all(stack, ann, [creation(project, key, key)]) == [201]
        assert send_all(stack, ann, [creation(project, "something else", key)]) == [422]
    assert list_other_effects(made_of(ann, project), keys, what="task") == []


def test_the_checker_sees_clients_that_forget_the_key(stack: Stack, ann: Someone, project: str) -> None:
    assert set(send_all(stack, ann, [creation(project, "a cause", uuid4().hex) for _ in range(2)])) == {201}
    assert list_other_effects(made_of(ann, project), ["a cause"], what="task") == ["2 times task: a cause"]


def change(task: str, version: int | None) -> Callable[[httpx.Client], httpx.Response]:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return lambda client: client.patch(f"/api/v1/tasks/{task}", json={"title": uuid4().hex}, headers=headers)


def winners_of(ann: Someone, start: str, task: str) -> list[tuple[str, str]]:
    """Who changed which version of a task, by the log, as soon as its last change is there."""
    latest, deadline = ann.get(f"/tasks/{task}")["version"], time.monotonic() + 10
    while True:
        events = [event for event in log_of(ann, start) if event["resource_id"] == task and event["version"] > 1]
        if time.monotonic() > deadline or (events and events[-1]["version"] == latest):
            return [(str(event["version"] - 1), event["data"]["title"]) for event in events]
        time.sleep(0.05)


def test_of_many_changes_of_a_version_one_wins(stack: Stack, ann: Someone, project: str) -> None:
    start = ann.client.get("/api/v1/events").headers["Taskyard-Position"]
    task = ann.post("/tasks", {"project_id": project, "title": "Contested"})["id"]
    for version in range(1, VERSIONS + 1):
        statuses = send_all(stack, ann, [change(task, version)] * PARALLEL)
        assert Counter(statuses) == {200: 1, 412: PARALLEL - 1}
    versions = [str(version) for version in range(1, VERSIONS + 1)]
    assert list_other_effects(winners_of(ann, start, task), versions, what="change") == []
    assert ann.get(f"/tasks/{task}")["version"] == VERSIONS + 1


def test_changes_that_name_no_version_all_win(stack: Stack, ann: Someone, project: str) -> None:
    """What If-Match is for: without it the second writes over the first."""
    task = ann.post("/tasks", {"project_id": project, "title": "Contested"})["id"]
    assert Counter(send_all(stack, ann, [change(task, None)] * PARALLEL)) == {200: PARALLEL}
