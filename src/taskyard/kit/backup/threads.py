"""Long work in a thread that can be broken off: it notices when nobody waits for it any more."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TypeVar

_T = TypeVar("_T")
_unwanted: ContextVar[threading.Event | None] = ContextVar("unwanted", default=None)


class BrokenOffError(Exception):
    """Nobody waits for this work any more; it is never seen by whoever did."""


async def in_thread(work: Callable[[], _T], give_up: Callable[[], object] | None = None) -> _T:
    """Do work in a thread; cancelled, wait for its end, so that nothing it uses goes from under it.

    ``give_up`` ends what the thread may be waiting for, such as a child process.
    """
    unwanted, context = threading.Event(), copy_context()
    context.run(_unwanted.set, unwanted)
    running = asyncio.get_running_loop().run_in_executor(None, context.run, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        unwanted.set()
        if give_up is not None:
            give_up()
        await asyncio.wait([running])
        raise


def go_on() -> None:
    """Ask, once in a while, whether the work is still wanted; raises BrokenOffError."""
    unwanted = _unwanted.get()
    if unwanted is not None and unwanted.is_set():
        raise BrokenOffError
