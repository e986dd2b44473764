"""How many second tries a service gets: few enough that they never become the load it falls under."""

from taskyard.kit.upstreams.tallies import Tally

SHARE = 0.2
"""Second tries for each request of the last ten seconds."""
ALWAYS = 3
"""As many are allowed in ten seconds however few requests there are."""


class RetryBudget:
    """Counts requests and second tries."""

    def __init__(self) -> None:
        self._requests = Tally()
        self._retries = Tally()

    def note_request(self, now: float) -> None:
        """Count a request, however often it will be tried."""
        self._requests.add(now)

    def take(self, now: float) -> bool:
        """Whether one more try is within the budget, which is then one smaller."""
        if self._retries.total(now) >= max(ALWAYS, int(self._requests.total(now) * SHARE)):
            return False
        self._retries.add(now)
        return True
