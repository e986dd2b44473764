"""Wake-ups are never lost and never pile up."""

import asyncio

from taskyard.kit.signals import Signal


async def test_everyone_who_waits_is_woken() -> None:
    signal = Signal()
    waiting = [asyncio.create_task(signal.wait(5)) for _ in range(3)]
    await asyncio.sleep(0)
    signal.notify()
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_nobody_calls_and_the_wait_ends() -> None:
    assert await Signal().wait(0.01) is False


async def test_call_while_busy_is_not_missed() -> None:
    signal = Signal()
    seen = signal.count
    signal.notify()
    signal.notify()
    assert await signal.wait(5, seen=seen) is True
    assert await signal.wait(0.01, seen=signal.count) is False


async def test_cancelled_waiter_is_forgotten() -> None:
    signal = Signal()
    waiting = asyncio.create_task(signal.wait(5))
    await asyncio.sleep(0)
    waiting.cancel()
    signal.notify()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
