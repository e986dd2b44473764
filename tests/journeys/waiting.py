"""Waiting for what another process brings about."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 15.0
"""Seconds after which it will not come any more."""


def wait_until(look: Callable[[], T]) -> T:
    """The first of many looks that shows something. Raises AssertionError when none does in time."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return found
