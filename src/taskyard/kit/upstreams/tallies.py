"""How often something happened lately."""

SECONDS = 10
"""How long "lately" is."""


class Tally:
    """A count over the last ten seconds, kept by the second; each time is monotonic and given by the caller."""

    def __init__(self) -> None:
        self._counts = [0] * SECONDS
        self._total = 0
        self._second = 0

    def add(self, now: float) -> None:
        """Count one more."""
        self._forget(int(now))
        self._counts[self._second % SECONDS] += 1
        self._total += 1

    def total(self, now: float) -> int:
        """How many there were."""
        self._forget(int(now))
        return self._total

    def clear(self) -> None:
        """Forget them all."""
        self._counts = [0] * SECONDS
        self._total = 0

    def _forget(self, second: int) -> None:
        if second == self._second:
            return
        for old in range(self._second + 1, min(second, self._second + SECONDS) + 1):
            self._total -= self._counts[old % SECONDS]
            self._counts[old % SECONDS] = 0
        self._second = second
