"""`taskyard demo` as a person runs it, and the Taskyard that is started on what it left."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.stack import Stack, running

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

PASSWORD = "nine patient lanterns"
TASKS = 40


def demo_process(home: Path, *arguments: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKYARD_")}
    # closed and limited: neither keeps out who runs the command
    settings = {"TASKYARD_HOME": str(home), "TASKYARD_REGISTRATION": "closed", "TASKYARD_LOG_LEVEL": "debug"}
    command = [sys.executable, "-m", "taskyard", "demo", *arguments]
    return subprocess.Popen(
        command, env={**kept, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def demo(home: Path, *arguments: str) -> tuple[int, str]:
    process = demo_process(home, *arguments)
    output, _ = process.communicate(timeout=240)
    return process.returncode, output


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a small demo in it, and what the command printed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    code, output = demo(home, "--tasks", str(TASKS), "--password", PASSWORD)
    assert code == 0, output
    return home, output


class Visitor:
    """A person of the demo, signed in."""

    def __init__(self, stack: Stack, nick: str, slug: str = "kestrel-lane") -> None:
        self._stack = stack
        self.headers: dict[str, str] = {}
        credentials = {"email": f"{nick}@{slug}.example.com", "password": PASSWORD}
        tokens = self.send("POST", "/auth/login", json=credentials).json()
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        with self._stack.client(**self.headers) as client:
            return client.request(method, f"/api/v1{path}", **request)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.send("GET", path, params=query)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item on every page."""
        items: list[dict[str, Any]] = []
        name = "after" if path == "/events" else "cursor"
        cursor: str | None = "0" if path == "/events" else None
        while True:
            page = self.get(path, limit=200, **query, **({name: cursor} if cursor is not None else {}))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


@pytest.fixture(scope="module")
def stack(told: tuple[Path, str]) -> Iterator[Stack]:
    with running(Stack(told[0], "one", limits="off")) as stack:
        yield stack
        assert stack.stop() == 0


def test_it_says_who_to_sign_in_as(told: tuple[Path, str]) -> None:
    _, output = told

    assert f"3 projects, 12 people, {TASKS} tasks" in output
    assert "mara@kestrel-lane.example.com" in output
    assert PASSWORD in output
    assert "\r" not in output, "a bar is for a terminal"
    assert '"event"' not in output, "log lines are for a server"


def test_people_sign_in_and_find_their_tasks(stack: Stack) -> None:
    tasks = Visitor(stack, "mara").all("/tasks")
    trash = Visitor(stack, "mara").all("/trash")
    seen_by_viewer = Visitor(stack, "piotr").all("/tasks")
    keys = Counter(task["key"].partition("-")[0] for task in [*tasks, *trash])

    assert keys == {"OPS": 14, "WEB": 16, "MOB": 10}
    assert {task["key"][:3] for task in seen_by_viewer} == {"OPS", "WEB"}
    assert Visitor(stack, "ravi").all("/tasks", assignee="me")
    age = [datetime.now(UTC) - datetime.fromisoformat(task["created_at"]) for task in tasks]
    assert max(age) > timedelta(days=75)
    assert min(age) < timedelta(days=30)


def test_every_event_is_in_order_of_time_and_comes_from_the_api(stack: Stack) -> None:
    events = Visitor(stack, "mara").all("/events")
    times = [datetime.fromisoformat(event["at"]) for event in events]
    kinds = Counter(event["type"] for event in events)

    history = [at for event, at in zip(events, times, strict=True) if not event["type"].startswith("session.")]
    assert all(earlier <= later for earlier, later in pairwise(history))
    assert history[-1] - history[0] > timedelta(days=80)
    assert kinds["task.created.v1"] == TASKS
    assert kinds["comment.created.v1"] > 20
    assert kinds["task.transitioned.v1"] > TASKS
    assert {event["origin"] for event in events} == {"api", "automation"}
    assert {len({event["position"] for event in events}), len(events)} == {len(events)}


def test_notifications_came_within_a_minute_or_so_of_what_they_tell(stack: Stack) -> None:
    everybody = ("mara", "tomasz", "adaeze", "ravi", "ines", "jonas", "leila", "kenji", "sofie")
    told = [item for nick in everybody for item in Visitor(stack, nick).all("/notifications")]
    events = Visitor(stack, "mara").all("/events")
    said = {event["resource_id"]: event["at"] for event in events if event["type"] == "comment.created.v1"}

    assert {item["reason"] for item in told} >= {"assigned", "mentioned", "commented", "status_changed", "invited"}
    assert any(item["read_at"] is None for item in told)
    for item in told:
        if item["comment_id"] is not None:
            pause = datetime.fromisoformat(item["created_at"]) - datetime.fromisoformat(said[item["comment_id"]])
            assert timedelta(0) <= pause < timedelta(minutes=8)


def test_no_session_is_left_open(stack: Stack) -> None:
    assert len(Visitor(stack, "emil").all("/sessions")) == 1


def test_new_things_go_on_from_there(stack: Stack) -> None:
    jonas = Visitor(stack, "jonas")
    [ops] = {task["project_id"] for task in jonas.all("/tasks") if task["key"].startswith("OPS")}
    made = jonas.send("POST", "/tasks", json={"project_id": ops, "title": "Today"})

    assert made.status_code == httpx.codes.CREATED
    assert jonas.get("/tasks", sort="-created_at")["items"][0]["title"] == "Today"


def test_a_running_taskyard_is_left_alone(stack: Stack) -> None:
    code, output = demo(stack.home, "--slug", "other")

    assert code == 1
    assert re.fullmatch(r"taskyard: .+\n", output), output


def test_second_demo_is_refused_or_stands_beside_the_first(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert demo(home, "--tasks", "1", "--password", PASSWORD)[0] == 0
    code, output = demo(home, "--tasks", "1", "--password", PASSWORD)
    beside = demo(home, "--tasks", "1", "--slug", "mill-race", "--seed", "2")

    assert code == 1
    assert "of the name kestrel-lane already" in output.splitlines()[-1]
    assert beside[0] == 0, beside[1]
    assert re.search(r"password is {2}\S{16} ", beside[1])
    with running(Stack(home, "one")) as stack:
        assert Visitor(stack, "mara").get("/workspaces")["items"][0]["slug"] == "kestrel-lane"
        assert stack.stop() == 0


def test_password_that_is_refused_is_refused_before_anything_is_there(tmp_path: Path) -> None:
    code, output = demo(tmp_path / "home", "--password", "short")

    assert code == 1
    assert "/password" in output.splitlines()[-1]


def test_interrupted_demo_says_so_and_can_be_used(tmp_path: Path) -> None:
    with demo_process(tmp_path / "home", "--password", PASSWORD) as process:
        assert process.stdout is not None
        while "requests" not in process.stdout.readline():
            pass
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()

    assert process.returncode == 0
    assert "Stopped early" in output
    with running(Stack(tmp_path / "home", "one")) as stack:
        assert Visitor(stack, "mara").get("/workspaces")["items"]
        assert stack.stop() == 0
