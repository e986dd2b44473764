"""Log lines leave through a thread, so that a blocked output never blocks a request.

When nobody reads, lines are dropped and counted; the next line that gets through says how many.
"""

import queue
import threading

import msgspec

from taskyard.kit.log_output import RotatingFile, Stream

QUEUE_SIZE = 10_000
_BATCH = 500


class LineWriter:
    """Writes lines to one output from a thread of its own; ``write`` never waits."""

    def __init__(self, output: Stream | RotatingFile, *, size: int = QUEUE_SIZE) -> None:
        self._output = output
        self._lines: queue.Queue[bytes | None] = queue.Queue(size)
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
        """Hand over one line without its end; dropped and counted when the queue is full."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._refused += 1

    def close(self, seconds: float = 1.0) -> None:
        """Write what is waiting, for at most this long."""
        try:
            self._lines.put(None, timeout=seconds)
        except queue.Full:
            return
        self._thread.join(seconds)

    def _run(self) -> None:
        running = True
        while running:
            waiting = [self._lines.get()]
            while len(waiting) < _BATCH and not self._lines.empty():
                waiting.append(self._lines.get_nowait())
            running = None not in waiting
            self._put([line + b"\n" for line in waiting if line is not None])
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
