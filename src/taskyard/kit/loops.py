"""Work that goes on for as long as the process lives: it outlasts outages and never dies silently."""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import SystemRandom
from typing import NoReturn

import structlog

from taskyard.kit.problems import OutcomeUnknown, Unavailable

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0

_log = structlog.get_logger()
_random = SystemRandom()


async def keep_running(what: str, step: Callable[[], Awaitable[object]]) -> NoReturn:
    """Repeat ``step`` until cancelled; log what it raises and go on after a growing, jittered pause."""
    failures = 0
    while True:
        try:
            await step()
        except (Unavailable, OutcomeUnknown) as error:
            failures += 1
            _log.warning("background_work_interrupted", work=what, failures=failures, error=repr(reason_of(error)))
        except Exception:  # noqa: BLE001 - logged; endless work goes on
            failures += 1
            _log.exception("background_work_failed", work=what, failures=failures)
        else:
            failures = 0
            continue
        await asyncio.sleep(full_jitter(failures, first=FIRST_PAUSE, longest=LONGEST_PAUSE))


def full_jitter(failures: int, *, first: float, longest: float) -> float:
    """Seconds to wait after the nth failure: anywhere between nothing and an exponentially growing limit."""
    return _random.uniform(0, min(longest, first * 2.0 ** min(failures - 1, 60)))


def reason_of(error: BaseException) -> BaseException:
    """What really happened: the driver's error behind the answer clients get."""
    return error.__cause__ or error
