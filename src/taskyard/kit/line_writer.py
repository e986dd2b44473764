"""Log lines leave through a thread, so that a blocked output never blocks a request.

When nobody reads, lines are dropped and counted; the next line that gets through says how many.
"""

import threading
from collections import deque

import msgspec

from taskyard.kit.log_output import RotatingFile, Stream

QUEUE_SIZE = 10_000
GATHER_SECONDS = 0.02
"""Lines written within this time leave together: waking the thread for each costs more than writing it."""
_BATCH = 500


class LineWriter:
    """Writes lines to one output from a thread of its own; ``write`` never waits."""

    def __init__(self, output: Stream | RotatingFile, *, size: int = QUEUE_SIZE) -> None:
        self._output = output
        self._size = size
        self._lines: deque[bytes] = deque()
        self._has_lines = threading.Event()
        self._closing = threading.Event()
        self._refused = 0
        self._lost = 0
        self._told = 0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many lines were lost so far: refused by a full queue, or by the output."""
        return self._refused + self._lost

    def write(self, line: bytes) -> None:
        """Hand over one line without its end; dropped and counted when too many wait."""
        if len(self._lines) >= self._size:
            self._refused += 1
            return
        self._lines.append(line)
        if not self._has_lines.is_set():
            self._has_lines.set()

    def close(self, seconds: float = 1.0) -> None:
        """Write what is waiting, for at most this long."""
        self._closing.set()
        self._has_lines.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        running = True
        while running:
            self._has_lines.wait()
            self._closing.wait(GATHER_SECONDS)
            self._has_lines.clear()
            running = not self._closing.is_set()  # asked after the clearing, or a close in between would be missed
            while self._lines:
                waiting = [self._lines.popleft() for _ in range(min(len(self._lines), _BATCH))]
                self._put([line + b"\n" for line in waiting])
        self._output.close()

    def _put(self, lines: list[bytes]) -> None:
        dropped = self.dropped
        if dropped > self._told:
            record = {"level": "warning", "event": "log.dropped", "count": dropped - self._told}
            lines = [msgspec.json.encode(record) + b"\n", *lines]
        try:
            self._output.write(lines)
        except OSError:
            self._lost += len(lines) - (dropped > self._told)
        else:
            self._told = dropped
