"""A running Taskyard, started the way a person starts it, in one of its two shapes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx
import psutil

from tests.journeys.valkey import Valkey

_random = SystemRandom()
START_SECONDS = 60
STOP_SECONDS = 30
PROVIDERS = {"TASKYARD_IDENTITY_PROVIDER_ALLOW_PRIVATE": "127.0.0.0/8,::1"}
"""Those of tests are on this machine."""
SECRET_FIELDS = ("token", "secret", "password", "recovery_codes", "otpauth_uri")


class RemoteStack:
    """A Taskyard as its clients see it, whoever runs it. Remembers every secret its answers returned."""

    def __init__(self, url: str, shape: str = "remote") -> None:
        self.url = url
        self.shape = shape
        self.port = httpx.URL(url).port or 80
        self.secrets: set[str] = set()

    def client(self, **headers: str) -> httpx.Client:
        """A client of the gateway that notes the secrets it is told."""
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=20, event_hooks={"response": [self._remember_secrets]}
        )

    def _remember_secrets(self, response: httpx.Response) -> None:
        if response.headers.get("content-type", "").startswith("application/json"):
            response.read()
            self.secrets.update(secrets_in(response.json()))


class Stack(RemoteStack):
    """One `taskyard up` with a state folder of its own."""

    def __init__(
        self, home: Path, shape: str, *, valkey: Valkey | None = None, workers: int = 1, **settings: str
    ) -> None:
        super().__init__(f"http://127.0.0.1:{free_ports(6)}", shape)
        self.home = home
        self.workers = workers
        self._valkey = valkey
        self._settings = settings | ({"redis_url": valkey.url} if valkey else {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        arguments = ["--split"] if self.shape == "split" else ["--workers", str(self.workers)]
        command = [sys.executable, "-m", "taskyard", "up", "--port", str(self.port), *arguments]
        with (self.home.parent / f"{self.home.name}.log").open("ab") as output:
            self._process = subprocess.Popen(
                command, env=self._environment(), stdout=output, stderr=output, start_new_session=True
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the gateway, and in several processes each of them, says it is ready."""
        deadline = time.monotonic() + START_SECONDS
        ports = range(self.port, self.port + (6 if self.shape == "split" else 1))
        for port in ports:
            while not _is_ready(port):
                assert self._process is not None
                assert self._process.poll() is None, f"taskyard ended early:\n{self.output()}"
                assert time.monotonic() < deadline, f"not ready in time:\n{self.output()}"
                time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; gives the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End every process of it at once, the database's too, as a power cut would."""
        if self._process is None or self._process.poll() is not None:
            return
        for pid in (*descendants(self._process.pid), self._process.pid):
            with _gone_is_fine():
                os.kill(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)

    @property
    def valkey(self) -> Valkey:
        """The Valkey it was given, to look into."""
        assert self._valkey is not None
        return self._valkey

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def output(self) -> str:
        """Everything it printed."""
        return (self.home.parent / f"{self.home.name}.log").read_text(errors="replace")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKYARD_")}
        settings = {f"TASKYARD_{name.upper()}": value for name, value in self._settings.items()}
        return {**kept, "TASKYARD_HOME": str(self.home), "TASKYARD_LOG_LEVEL": "warning", **PROVIDERS, **settings}


@contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """The stack, started; nothing of it is left behind when the test fails."""
    try:
        stack.start()
        yield stack
    finally:
        stack.kill()


def secrets_in(answer: Any) -> Iterator[str]:
    """Every secret in an answer, told by the name of its field."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if isinstance(value, str) and len(value) > 8 and any(word in name for word in SECRET_FIELDS):
                if name != "token_type" and not name.startswith("token_endpoint"):
                    yield value
            elif name in SECRET_FIELDS and isinstance(value, list):
                yield from value
            else:
                yield from secrets_in(value)
    elif isinstance(answer, list):
        for item in answer:
            yield from secrets_in(item)


def free_ports(count: int) -> int:
    """The first of ``count`` neighbouring free ports, below those that outgoing connections are given."""
    while True:
        first = _random.randrange(10_000, 32_000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def descendants(pid: int) -> list[int]:
    """The processes a process started, and those they started."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return
