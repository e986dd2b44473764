"""Child processes: ended in order, started again when they fall, gone with their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from taskyard.kit.child_process import ChildProcess, Launch, keep_running

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]
PARENT = """
import sys, time
from taskyard.kit.child_process import ChildProcess, Launch
print(ChildProcess(Launch(command=[sys.executable, "-c", "import time; time.sleep(60)"])).pid, flush=True)
time.sleep(60)
"""


async def test_stop_ends_it_with_the_first_signal_it_obeys() -> None:
    process = ChildProcess(Launch(command=SLEEP))
    await process.stop((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
    assert process.exit_code == -signal.SIGTERM


async def test_stop_becomes_firmer() -> None:
    process = ChildProcess(Launch(command=DEAF))
    await asyncio.sleep(0.5)
    await process.stop((signal.SIGTERM, 0.2), (signal.SIGKILL, 5.0))
    assert process.exit_code == -signal.SIGKILL


async def test_ended_child_is_started_again() -> None:
    started: list[ChildProcess] = []

    async def restart() -> ChildProcess:
        started.append(ChildProcess(Launch(command=SLEEP)))
        return started[-1]

    first = await restart()
    watch = asyncio.create_task(keep_running("sleeper", first, restart))
    first.kill()
    async with asyncio.timeout(10):
        while len(started) < 2:  # noqa: ASYNC110 - the restart has no event of its own
            await asyncio.sleep(0.05)
    watch.cancel()
    started[-1].kill()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems notice by the closed standard input")
def test_child_dies_with_a_killed_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "src"}
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    deadline = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
