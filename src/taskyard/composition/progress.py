"""What a person sees while Taskyard works: a line for every step that takes longer than a second, or a bar."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE_SECONDS = 1.0
REDRAW_SECONDS = 0.1
BAR_WIDTH = 30


@asynccontextmanager
async def step(text: str) -> AsyncIterator[None]:
    """Announce a step of the start once it has taken longer than a second, and its end then too."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    announcement = loop.call_later(PATIENCE_SECONDS, say, f"{text} ...")
    try:
        yield
    finally:
        announcement.cancel()
    if loop.time() - began > PATIENCE_SECONDS:
        say(f"{text}: done in {loop.time() - began:.1f} s")


def say(text: str) -> None:
    """Tell the person at the terminal something."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Tell the person at the terminal what is wrong, on one line of the error output."""
    print("taskyard: " + " ".join(text.split()), file=sys.stderr, flush=True)


def explain(text: str) -> None:
    """Tell the person at the terminal something that is no result, so that a result can be put into a file."""
    print(text, file=sys.stderr, flush=True)


class Bar:
    """How far long work has come, on one line that is written again and again; nothing where nobody watches."""

    def __init__(self, total: int) -> None:
        """Begin at nothing of ``total``."""
        self._total = max(1, total)
        self._drawn_at = 0.0
        self._is_watched = sys.stdout.isatty()

    def show(self, done: int, note: str) -> None:
        """Draw it with a word on what is going on, at most ten times a second."""
        now = time.monotonic()
        if not self._is_watched or (now - self._drawn_at < REDRAW_SECONDS and done < self._total):
            return
        self._drawn_at = now
        filled = BAR_WIDTH * done // self._total
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        print(f"\r[{bar}] {100 * done // self._total:3} %  {note}", end="\x1b[K", flush=True)

    def close(self) -> None:
        """Leave the line as it is and go on below it."""
        if self._is_watched and self._drawn_at:
            print(flush=True)
