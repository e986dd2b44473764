"""How long drills take: seconds in every run of the tests, minutes with `make drills`."""

import os
from typing import TypeVar

T = TypeVar("T")

IS_LONG = os.environ.get("TASKYARD_TEST_DRILLS") == "long"


def either(short: T, long: T) -> T:
    """One of two values, as long as the drill is to be."""
    return long if IS_LONG else short
