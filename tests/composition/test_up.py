"""`taskyard up` as a person meets it: it greets, survives a dead child, refuses a twin, stops cleanly."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.journeys.stack import free_ports

pytestmark = pytest.mark.slow
SOURCE = Path(__file__).parents[2] / "src"


class Program:
    """One `taskyard up --workers 2` on a state folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_ports(6)
        self.process = self.up("--workers", "2", port=self.port)

    def up(self, *options: str, port: int) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKYARD_")}
        return subprocess.Popen(
            [sys.executable, "-m", "taskyard", "up", "--port", str(port), *options],
            env={**kept, "PYTHONPATH": str(SOURCE), "TASKYARD_HOME": str(self.home), "TASKYARD_LOG_LEVEL": "error"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def serving(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if _is_serving(child)]

    def read_until(self, text: str) -> str:
        """What it prints up to the line with this text, or to its end when that does not come within a minute."""
        assert self.process.stdout is not None
        patience = threading.Timer(60, self.process.kill)
        patience.start()
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                break
        patience.cancel()
        return "".join(lines)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


def _is_serving(child: psutil.Process) -> bool:
    try:
        return "serve-everything" in child.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # it may end at any moment
        return False


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path / "home")
    eventually(program.is_ready)
    yield program
    if program.process.poll() is None:
        program.process.terminate()
    program.process.communicate(timeout=30)


def test_ctrl_c_stops_everything_and_keeps_the_data(program: Program) -> None:
    greeting = program.read_until("/api/v1/auth/register")
    family = psutil.Process(program.process.pid).children(recursive=True)
    program.process.send_signal(signal.SIGINT)
    program.process.communicate(timeout=30)
    assert program.process.returncode == 0
    assert "/api/docs" in greeting
    assert not any(child.is_running() for child in family)
    assert (program.home / "postgres" / "data" / "PG_VERSION").exists()


def test_killed_child_is_replaced(program: Program) -> None:
    victim = program.serving()[0]
    victim.kill()
    eventually(lambda: len(program.serving()) == 2 and victim.pid not in [child.pid for child in program.serving()])
    assert program.is_ready()


def test_counters_go_on_when_each_process_is_killed(program: Program) -> None:
    for _ in range(40):
        httpx.get(f"http://127.0.0.1:{program.port}/api/docs", timeout=5)
    assert counted(program, "taskyard_requests_total", 'route="/api/docs"') == 40
    used = counted(program, "taskyard_process_cpu_seconds_total")
    for victim in program.serving():
        victim.kill()
        eventually(lambda dead=victim.pid: replaced(program, dead))  # type: ignore[misc] # no type for a default
    assert counted(program, "taskyard_requests_total", 'route="/api/docs"') == 40
    assert counted(program, "taskyard_process_cpu_seconds_total") >= used
    eventually(lambda: counted(program, "taskyard_processes") == 2)


def replaced(program: Program, dead: int) -> bool:
    """Whether two processes serve that are not this one, and their port answers."""
    serving = [child.pid for child in program.serving()]
    return len(serving) == 2 and dead not in serving and program.is_ready()


def counted(program: Program, name: str, label: str = "") -> float:
    """The sum of a number over all its series with a label, in one scrape."""
    lines = httpx.get(f"http://127.0.0.1:{program.port}/metrics", timeout=5).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith((name + " ", name + "{")) and label in line)


def test_killed_parent_takes_everything_along_and_the_next_start_works(program: Program) -> None:
    family = psutil.Process(program.process.pid).children(recursive=True)
    program.process.kill()
    program.process.communicate(timeout=30)
    eventually(lambda: not any(child.is_running() for child in family))
    program.process = program.up("--workers", "2", port=program.port)
    eventually(program.is_ready)


def test_second_start_on_the_same_folder_is_refused_with_one_line(program: Program) -> None:
    twin = program.up(port=free_ports(6))
    output, complaint = twin.communicate(timeout=60)
    assert twin.returncode == 1
    assert "another Taskyard is already running" in complaint
    assert (output, complaint.count("\n")) == ("", 1)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in a minute"
        time.sleep(0.1)
