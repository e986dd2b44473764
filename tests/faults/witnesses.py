"""People who ask the same again and again while their rights change, and what of their answers was wrong."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import httpx

from tests.journeys.people import Someone

PAUSE = 0.03
UNDER_WAY = 1.0
"""How long before a right is taken a request may have been asked that is decided afterwards."""


class Answer(NamedTuple):
    """What was answered, and when that was asked (monotonic seconds)."""

    asked_at: float
    status: int


class Ending(NamedTuple):
    """When a right was taken and when that was acknowledged, what is answered then, and how soon at the latest."""

    begun_at: float
    done_at: float
    status: int
    grace: float


class Witness:
    """Somebody who asks for one path at every port, as they are signed in at this moment."""

    def __init__(self, person: Someone, path: str, ports: Sequence[int]) -> None:
        self.person, self.path, self.ports = person, path, ports
        self.answers: list[Answer] = []
        self._stop = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Ask beside the story until its end."""
        threads = [threading.Thread(target=self._ask, args=(port,)) for port in self.ports]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _ask(self, port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=20) as client:
            while not self._stop.is_set():
                headers = {"Authorization": self.person.client.headers["Authorization"]}
                asked_at = time.monotonic()
                self.answers.append(Answer(asked_at, client.get(self.path, headers=headers).status_code))
                time.sleep(PAUSE)


def list_wrong(answers: Sequence[Answer], ending: Ending | None) -> list[str]:
    """Answers other than success before a right ends, and other than its status once its grace is over.

    What was asked in between may be answered both ways.
    """
    faults: list[str] = []
    for asked_at, status in answers:
        if ending is None or asked_at < ending.begun_at - UNDER_WAY:
            if status != httpx.codes.OK:
                faults.append(f"{status} while the right was there")
        elif asked_at > ending.done_at + ending.grace and status != ending.status:
            faults.append(f"{status} {asked_at - ending.done_at:.2f} s after the right was taken")
    if ending is not None and not any(asked_at > ending.done_at + ending.grace for asked_at, _ in answers):
        faults.append("nothing was asked after the grace was over")
    return faults
