"""What a person sees while Taskyard starts: a line for every step that takes longer than a second."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE_SECONDS = 1.0


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
