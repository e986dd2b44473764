"""Load that remembers: writers who repeat what was not answered, and say in the end what must be there.

Every operation is ok, refused or unknown. One that is unknown is repeated under its Idempotency-Key until it is
known, as a client should.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.checkers import Acknowledged
from tests.journeys.people import Someone
from tests.journeys.stack import RemoteStack

PATIENCE = 60.0
"""Seconds after which an operation that is still unknown is a fault."""
AGAIN = {409, 429, 500, 502, 503, 504}
"""The answers after which a client tries again; 409 says that its first try is still under way."""


class Load:
    """Writers in a project, each with tasks of its own that are assigned to somebody."""

    def __init__(self, stack: RemoteStack, author: Someone, project_id: str, assignee_id: str) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.reads: list[tuple[str, int, int]] = []
        self.created: dict[str, str] = {}
        """The tasks by the keys under which they were made."""
        self.outcomes: Counter[str] = Counter()
        self.troubles: list[tuple[float, str]] = []
        """When something was not answered with success, and what was said instead."""
        self.faults: list[str] = []
        self._stack = stack
        self._author = author
        self._project_id, self._assignee_id = project_id, assignee_id
        self._stop = threading.Event()

    @contextmanager
    def working(self, writers: int = 4, pause: float = 0.02) -> Iterator[None]:
        """Write beside the story until its end, signed in as the author is now; then finish what was begun."""
        self._stop.clear()
        threads = [threading.Thread(target=self._work, args=(pause,)) for _ in range(writers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _work(self, pause: float) -> None:
        with httpx.Client(base_url=self._stack.url, headers=dict(self._author.client.headers), timeout=10) as client:
            while not self._stop.is_set():
                try:
                    self._live_through(client, pause)
                except AssertionError as fault:
                    self.faults.append(str(fault))

    def _live_through(self, client: httpx.Client, pause: float) -> None:
        """A task from its creation over two changes to a look at it."""
        key = uuid4().hex
        body = {"project_id": self._project_id, "title": key, "description": key, "assignee_ids": [self._assignee_id]}
        task = self._ask(client, "POST", "/api/v1/tasks", body, {"Idempotency-Key": key})
        self.created[key] = task["id"]
        self._note(key, task)
        for _ in range(2):
            time.sleep(pause)
            key = uuid4().hex
            headers = {"Idempotency-Key": key, "If-Match": f'"{task["version"]}"'}
            task = self._ask(client, "PATCH", f"/api/v1/tasks/{task['id']}", {"title": key}, headers)
            self._note(key, task)
            read = self._ask(client, "GET", f"/api/v1/tasks/{task['id']}", None, {})
            self.reads.append((task["id"], task["version"], read["version"]))

    def _note(self, key: str, task: dict[str, Any]) -> None:
        self.acknowledged.append(Acknowledged(key, task["id"], task["version"], task["title"]))

    def _ask(self, client: httpx.Client, method: str, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
        """Ask until the answer is known; whatever is neither success nor a reason to try again is a fault."""
        deadline = time.monotonic() + PATIENCE
        while True:
            trouble = ""
            try:
                answer = client.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                trouble = type(error).__name__
            else:
                if answer.is_success:
                    self.outcomes["ok"] += 1
                    known: dict[str, Any] = answer.json()
                    return known
                trouble = f"{answer.status_code} {answer.text}"
                if answer.status_code not in AGAIN:
                    self.outcomes["refused"] += 1
                    raise AssertionError(f"{method} {path} was refused: {trouble}")
            self.outcomes["unknown"] += 1
            self.troubles.append((time.monotonic(), trouble))
            assert time.monotonic() < deadline, f"{method} {path} is still unknown: {trouble}"
            time.sleep(0.05)
