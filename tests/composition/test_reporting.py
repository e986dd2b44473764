"""What a whole Taskyard writes into one log file and reports, in both shapes: everything useful, nobody's secrets."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from tests.journeys.people import PASSWORD, Someone
from tests.journeys.stack import Stack, running
from tests.kit.collector import Collector, collecting

pytestmark = pytest.mark.slow
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _use(stack: Stack) -> list[str]:
    """Do what touches addresses and secrets, rightly and wrongly; the addresses."""
    ada, bob = Someone(stack, "Ada"), Someone(stack, "Bob")
    again = {"email": ada.email, "password": PASSWORD, "name": "Ada"}
    ada.client.post("/api/v1/auth/register", json=again)
    ada.client.post("/api/v1/auth/login", json={**again, "password": "a wrong long passphrase"})
    workspace = ada.workspace()
    ada.post(f"/workspaces/{workspace['id']}/members", {"email": bob.email, "role": "member"})
    ada.client.get(f"/api/v1/people/{ada.email}?token=query-{PASSWORD[:7]}")
    ada.client.get("/api/v1/tasks", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    for person in (ada, bob):
        person.close()
    return [ada.email, bob.email]


@pytest.mark.parametrize("shape", ["one", "split"])
def test_log_file_of_all_processes_holds_requests_and_no_secrets(tmp_path: Path, shape: str) -> None:
    with running(Stack(tmp_path / "home", shape, log_level="debug", log_file=str(tmp_path / "log"))) as stack:
        emails = _use(stack)
        assert stack.stop() == 0
    text = (tmp_path / "log").read_text()
    lines = [msgspec.json.decode(line) for line in text.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert {"POST", "GET"} <= {line["method"] for line in requests}
    assert all(line["request_id"] and len(line["trace_id"]) == 32 for line in requests)
    assert [line["path"] for line in requests if line["trace_id"] == TRACE] == ["/api/v1/tasks"]
    leaks = [secret for secret in (*emails, PASSWORD, PASSWORD[:7], "a wrong long", *stack.secrets) if secret in text]
    assert not leaks


def test_crash_of_a_service_is_reported_by_its_parent(tmp_path: Path) -> None:
    with collecting() as collector:
        stack = Stack(tmp_path / "home", "split", sentry_dsn=collector.dsn, environment="drill")
        with running(stack):
            _child(stack.pid, "task").kill()
            event = _wait(lambda: _first(collector))
            assert stack.stop() == 0
    assert (event["message"], event["environment"]) == ("child_process_ended", "drill")
    assert event["extra"] == {"process": "task", "exit_code": -9}
    assert (event["tags"]["service"], event["release"].partition("@")[0]) == ("supervisor", "taskyard")


def _child(pid: int, service: str) -> psutil.Process:
    return next(child for child in psutil.Process(pid).children() if ["serve", service] == child.cmdline()[-4:-2])


def _first(collector: Collector) -> dict[str, Any] | None:
    return next(iter(collector.events), None)


def _wait(find: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (found := find()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found
