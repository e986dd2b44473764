"""In-process wake-ups. A signal only saves time: whoever waits for one also polls."""

import asyncio


class Signal:
    """Tells everyone who waits that there may be something to do; many calls before a look count as one.

    To miss nothing while busy, remember ``count`` before looking for work and pass it to ``wait``.
    """

    def __init__(self) -> None:
        self.count = 0
        """How often ``notify`` was called."""
        self._waiters: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Wake all who wait. To be called from the event loop they wait on."""
        self.count += 1
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, seconds: float, *, seen: int | None = None) -> bool:
        """Wait for the next call, at most ``seconds``; at once if there was one since ``seen``."""
        if seen is not None and seen != self.count:
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True
