"""A circuit breaker: a service that does not answer is left alone for a while, and asked by few before by all."""

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

from taskyard.kit.problems import Unavailable
from taskyard.kit.upstreams.tallies import Tally

State: TypeAlias = Literal["closed", "open", "half_open"]

IN_A_ROW = 5
"""Failures without an answer between them that open it."""
LEAST, SHARE = 20, 0.5
"""It also opens when this share of at least so many requests of the last ten seconds failed."""
FIRST_SECONDS, LONGEST_SECONDS = 1.0, 8.0
"""How long it stays open, twice as long each time it opens again."""
TRIAL_SECONDS = 1.0
"""One trial starts in this time at most, so that one which hangs holds up no other."""
GOOD_TRIALS = 2
"""Answers in a row that close it."""


class Breaker:
    """Closed: all may pass. Open: nobody. Half open: a trial now and then, whose ends decide."""

    def __init__(self, on_change: Callable[[State], None] = lambda _: None) -> None:
        self.state: State = "closed"
        self._on_change = on_change
        self._answers = Tally()
        self._failures = Tally()
        self._in_a_row = 0
        self._again_at = 0.0
        """When the next trial may start."""
        self._seconds = FIRST_SECONDS
        self._good_trials = 0

    def admit(self, now: float) -> bool:
        """Whether the request that may pass now is a trial. Raises Unavailable, which says when to come again."""
        if self.state == "closed":
            return False
        if now < self._again_at:
            wait = max(1, math.ceil(self._again_at - now))
            raise Unavailable("The service does not answer right now.", headers={"Retry-After": str(wait)})
        self._again_at = now + TRIAL_SECONDS
        if self.state == "open":
            self._good_trials = 0
            self._become("half_open")
        return True

    def note_answer(self, now: float, *, is_trial: bool) -> None:
        """The service answered; what it said does not matter here."""
        if self.state == "closed":
            self._in_a_row = 0
            self._answers.add(now)
        elif is_trial and self.state == "half_open":
            self._again_at = now
            self._good_trials += 1
            if self._good_trials >= GOOD_TRIALS:
                self._close()

    def note_failure(self, now: float, *, is_trial: bool) -> None:
        """The service did not answer, or somebody before it said so."""
        if self.state == "closed":
            self._in_a_row += 1
            self._failures.add(now)
            if self._in_a_row >= IN_A_ROW or self._fails_mostly(now):
                self._open(now, FIRST_SECONDS)
        elif is_trial and self.state == "half_open":
            self._open(now, min(self._seconds * 2, LONGEST_SECONDS))

    def _fails_mostly(self, now: float) -> bool:
        failed = self._failures.total(now)
        asked = failed + self._answers.total(now)
        return asked >= LEAST and failed >= asked * SHARE

    def _open(self, now: float, seconds: float) -> None:
        self._seconds = seconds
        self._again_at = now + seconds
        self._become("open")

    def _close(self) -> None:
        self._in_a_row = 0
        self._answers.clear()
        self._failures.clear()
        self._become("closed")

    def _become(self, state: State) -> None:
        self.state = state
        self._on_change(state)
