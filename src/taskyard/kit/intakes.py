"""What comes in part by part and is handed on to a library, which takes it when it likes."""

import asyncio
from collections.abc import AsyncIterator

from taskyard.kit.files import Tally


class IntakeBroken(Exception):  # noqa: N818 - says what happened to a file, not what is wrong with us
    """A file did not come to its end."""


class Intake:
    """A file on its way into the store: it can be stopped from outside, and tells what went through and what failed.

    The library takes it apart in tasks of its own, and is given no error but one: others it might not hand back.
    """

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self.tally = Tally()
        self.failure: BaseException = asyncio.CancelledError()
        self._parts = parts
        self._is_stopped = False
        self._waiting: asyncio.Task[object] | None = None

    async def take(self, count: int) -> bytes:
        """The beginning, at least so many bytes of it or all there is. Raises IntakeBroken."""
        taken = bytearray()
        async for part in self:
            taken += part
            if len(taken) >= count:
                break
        return bytes(taken)

    def stop(self) -> None:
        """Let nothing more through: who takes the next part is refused."""
        self._is_stopped = True
        if self._waiting is not None:
            self._waiting.cancel()

    def __aiter__(self) -> "Intake":
        return self

    async def __anext__(self) -> bytes:
        if self._is_stopped:
            raise IntakeBroken
        self._waiting = asyncio.current_task()
        try:
            part = await anext(self._parts)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self.failure = error
            raise IntakeBroken from error
        finally:
            self._waiting = None
        self.tally.note(part)
        return part
