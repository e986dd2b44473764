"""How long a forwarded request is waited for: until its client is gone or its deadline has passed.

A request that is answered at once costs one timer. Only one that takes longer gets a task that listens for its client.
"""

import asyncio
from types import TracebackType
from typing import Self, cast

from taskyard.gateway.client_side import ClientSide
from taskyard.kit.problems import DeadlineExceeded

NOTICE_SECONDS = 0.1
"""After so long somebody listens whether the client is still there."""


class Patience:
    """Around the work on a request, which is cancelled when it is of no use any more.

    Raises DeadlineExceeded at the deadline; when the client is gone it only ends. ``seconds`` is until the answer
    begins; None for what stays open.
    """

    def __init__(self, client: ClientSide, seconds: float | None) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._task = cast("asyncio.Task[None]", asyncio.current_task())
        self._ends_at = None if seconds is None else self._loop.time() + seconds
        self._watch: asyncio.Task[None] | None = None
        self.is_late = False
        self._is_gone = False

    def __enter__(self) -> Self:
        self._cancelled = self._task.cancelling()
        left = self.left()
        wait = NOTICE_SECONDS if left is None else min(NOTICE_SECONDS, left)
        self._timer = self._loop.call_later(wait, self._listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if not (self.is_late or self._is_gone) or self._task.uncancel() > self._cancelled:
            return False
        if self.is_late and isinstance(error, asyncio.CancelledError):
            raise DeadlineExceeded from None
        return isinstance(error, asyncio.CancelledError)

    def left(self) -> float | None:
        """The seconds until the deadline, where there is one. Raises DeadlineExceeded when it has passed."""
        if self._ends_at is None:
            return None
        left = self._ends_at - self._loop.time()
        if left <= 0:
            raise DeadlineExceeded
        return left

    def note_answer(self) -> None:
        """The answer begins: from now on only its silences are bounded."""
        self._ends_at = None
        if self._watch is not None:
            self._timer.cancel()

    def _listen(self) -> None:
        self._watch = self._loop.create_task(self._wait_for_client())
        if self._ends_at is not None:
            self._timer = self._loop.call_at(self._ends_at, self._be_late)

    def _be_late(self) -> None:
        self.is_late = not self._is_gone
        self._end()

    async def _wait_for_client(self) -> None:
        await self._client.wait_until_gone()
        if not self.is_late:
            self._is_gone = True
            self._end()

    def _end(self) -> None:
        self._task.cancel()
