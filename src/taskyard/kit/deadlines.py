"""How long a request may still take, told from hop to hop: nobody works on what nobody waits for any more.

Between processes the time that is left travels in milliseconds, in the header ``Taskyard-Deadline``, because their
clocks differ. Only the first hop, the gateway, sets it; what a client says of it goes no further than that.
"""

import asyncio
from contextvars import ContextVar

from taskyard.kit.asgi import App, Message, Receive, Scope, Send
from taskyard.kit.problems import DeadlineExceeded

DEADLINE_HEADER = b"taskyard-deadline"
WAY_BACK = 0.05
"""Seconds that each hop keeps for the way of the answer."""
LONGEST = 600.0
"""Seconds; more is no deadline."""
_LEAST = 0.001
"""Seconds; who has none left is about to be cancelled."""

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)
"""By the clock of the event loop."""


def read_deadline(value: bytes | None) -> float | None:
    """The seconds a header's value gives, or None where it gives no sensible time."""
    if value is None or not value.isdigit() or len(value) > 9:
        return None
    seconds = int(value) / 1000
    return seconds if seconds <= LONGEST else None


def write_deadline(seconds: float) -> str:
    """The header's value for the next hop, which must have answered a little sooner."""
    return str(max(1, int((seconds - WAY_BACK if seconds > 2 * WAY_BACK else seconds / 2) * 1000)))


def seconds_left() -> float | None:
    """How long the request that is being worked on may still take, if that is known."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(ends_at - asyncio.get_running_loop().time(), _LEAST)


async def answer_within(seconds: float, app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an application until its answer begins, at most for so long; what it still does then is cancelled.

    Raises DeadlineExceeded. A commit that is under way is not cancelled (``kit/commits.py``).
    """
    _ends_at.set(asyncio.get_running_loop().time() + seconds)
    try:
        async with asyncio.timeout(seconds) as limit:

            async def begin(message: Message) -> None:
                if message["type"] == "http.response.start":
                    limit.reschedule(None)
                await send(message)

            await app(scope, receive, begin)
    except TimeoutError:
        if limit.expired():
            raise DeadlineExceeded from None
        raise
