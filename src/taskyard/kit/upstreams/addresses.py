"""One address of a service: how busy and how quick it is, and whether it is left out."""

import math

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0
"""How long an address is left out at least; twice as long each time it is left out again."""
IN_A_ROW = 5
"""Failures without a good answer between them after which it is left out."""
FORGIVEN_AFTER = 60.0
"""Seconds of being well after which the next time counts as the first."""
LONGEST_REST = 10.0
"""Seconds an address is spared at most because it asked for that."""
_MEMORY = 10.0
"""Seconds after which a latency counts for a third of what it was; the slower of two is looked at again one day."""
_WEIGHT = 0.3
"""Of a latency that is better than those before; a worse one counts at once."""
PENALTY = 1.0
"""Seconds that a failure counts for."""
_NOTHING = 0.001
"""Seconds; keeps what is in flight from counting for nothing where latencies are not known."""


class Address:
    """Where a service listens: ``url`` is connected to, ``name`` is what it is called there (host and port)."""

    def __init__(self, url: str, name: str = "") -> None:
        self.url = url
        self.name = name
        self.in_flight = 0
        self.is_out = False
        """Left out: failed too often, or new and not asked yet."""
        self.back_at = 0.0
        """When one who is left out may be probed."""
        self._failures = 0
        self._times_out = 0
        self._well_since = 0.0
        self._latency = 0.0
        self._measured_at = 0.0
        self._rests_until = 0.0

    def cost(self, now: float) -> float:
        """What one more request would wait here, in seconds as far as one can tell."""
        return (self._known_latency(now) + _NOTHING) * (self.in_flight + 1)

    def rests(self, now: float) -> bool:
        """Whether it asked to be spared."""
        return now < self._rests_until

    def rest(self, now: float, seconds: float) -> None:
        """It asked to be spared: it is short of something, or about to stop."""
        self._rests_until = max(self._rests_until, now + min(seconds, LONGEST_REST))

    def note_answer(self, now: float, seconds: float) -> None:
        """It gave a good answer."""
        self._failures = 0
        known = self._known_latency(now)
        self._latency = seconds if seconds > known else known + (seconds - known) * _WEIGHT
        self._measured_at = now

    def note_failure(self, now: float) -> bool:
        """It failed; whether that was once too often. Who fails at once is not quick."""
        self._failures += 1
        self._latency, self._measured_at = max(self._known_latency(now), PENALTY), now
        return self._failures >= IN_A_ROW and not self.is_out

    def leave_out(self, now: float) -> None:
        """Send it nothing until a probe finds it well."""
        if not self.is_out and now - self._well_since > FORGIVEN_AFTER:
            self._times_out = 0
        self.is_out = True
        self.back_at = now + min(FIRST_SECONDS * 2.0 ** min(self._times_out, 16), LONGEST_SECONDS)
        self._times_out += 1

    def await_probe(self, now: float) -> None:
        """It is new: nobody knows yet how it is."""
        self.is_out = True
        self.back_at = now

    def take_back(self, now: float) -> None:
        """A probe found it well."""
        self.is_out = False
        self._failures = 0
        self._latency = 0.0
        self._well_since = now

    def _known_latency(self, now: float) -> float:
        return self._latency * math.exp((self._measured_at - now) / _MEMORY)
