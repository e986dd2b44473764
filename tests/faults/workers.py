"""The worker of the split shape, killed again and again."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

import httpx
import psutil

from tests.journeys.stack import Stack, descendants, free_ports

READY_SECONDS = 30.0


class Workers:
    """Copies of a Taskyard's worker, one after the other, each killed at a moment that chance chooses."""

    def __init__(self, stack: Stack, seed: int) -> None:
        original = worker_of(stack)
        self._environment = original.environ()
        self._port = free_ports(1)
        self._command = [*original.cmdline()[:3], "--env-file", os.devnull, "worker", "--port", str(self._port)]
        self._chance = Random(seed)  # noqa: S311 - chance chooses a moment here

    def kill(self, times: int, longest_life: float) -> None:
        """Start one and kill it, so many times."""
        for _ in range(times):
            with subprocess.Popen(self._command, env=self._environment, stderr=subprocess.DEVNULL) as worker:
                self._wait_until_ready(worker)
                time.sleep(self._chance.uniform(0, longest_life))
                worker.kill()

    def _wait_until_ready(self, worker: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert worker.poll() is None, "the worker ended early"
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self._port}/ready", timeout=2).is_success:
                    return
            time.sleep(0.02)
        raise AssertionError("the worker is not ready in time")


def worker_of(stack: Stack) -> psutil.Process:
    """The process that does the background work of a split Taskyard."""
    processes = [psutil.Process(pid) for pid in descendants(stack.pid)]
    [worker] = [process for process in processes if "worker" in process.cmdline()]
    return worker


@contextmanager
def stopped(stack: Stack) -> Iterator[None]:
    """Let the worker that the Taskyard started stand still meanwhile, whatever it holds; then it goes on."""
    worker = worker_of(stack)
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)
