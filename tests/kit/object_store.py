"""An object store of the tests' own, to look into, pause, stop and start again: moto, in a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import httpx

from taskyard.kit.bucket_address import Bucket

START_SECONDS = 60


class ObjectStore:
    """One server on a loopback port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the object store ended early"
            with suppress(httpx.TransportError):
                httpx.get(self.url, timeout=5)
                return
            time.sleep(0.05)
        raise AssertionError("the object store did not start")

    def stop(self) -> None:
        """Kill it; whatever it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def pause(self) -> None:
        """Let it hang: connections stay open and nothing answers."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def new_bucket(self) -> Bucket:
        """A bucket that nobody else has, and how it is opened."""
        bucket = self.address(f"files-{uuid4().hex}")
        httpx.put(f"{self.url}/{bucket.name}").raise_for_status()
        return bucket

    def address(self, name: str) -> Bucket:
        """How a bucket is opened."""
        return Bucket(
            endpoint=self.url,
            name=name,
            region="us-east-1",
            prefix="taskyard/files",
            access_key="AKEY",
            secret_key="a secret",
        )

    def names(self, bucket: Bucket) -> list[str]:
        """What is in a bucket, each by its last name."""
        return [path.rpartition("/")[2] for path in self.paths(bucket)]

    def paths(self, bucket: Bucket) -> list[str]:
        """What is in a bucket, each by its whole name."""
        return self._keys(bucket, "list-type=2")

    def pending(self, bucket: Bucket) -> list[str]:
        """What is on its way into a bucket, or has broken off and left parts there."""
        return self._keys(bucket, "uploads")

    def put(self, bucket: Bucket, path: str, content: bytes) -> None:
        """Put something into a bucket, as somebody else."""
        httpx.put(f"{self.url}/{bucket.name}/{path}", content=content).raise_for_status()

    def _keys(self, bucket: Bucket, query: str) -> list[str]:
        answer = httpx.get(f"{self.url}/{bucket.name}?{query}").raise_for_status()
        return sorted(re.findall("<Key>(.*?)</Key>", answer.text))


@contextmanager
def running_store() -> Iterator[ObjectStore]:
    """A store for as long as a block runs."""
    store = ObjectStore()
    try:
        store.start()
        yield store
    finally:
        store.stop()
