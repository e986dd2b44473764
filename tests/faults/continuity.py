"""The checker of streams (C4): what a stream told is what the log has, once, in order, without a hole."""

from collections.abc import Sequence
from itertools import pairwise


def list_breaks(told: Sequence[str], logged: Sequence[str]) -> list[str]:
    """Where the places that a stream told differ from those the log has for the same reader."""
    faults = [f"hole: {place}" for place in logged if place not in set(told)]
    faults += [f"of nowhere: {place}" for place in told if place not in set(logged)]
    for before, after in pairwise(map(position, told)):
        if after == before:
            faults.append(f"repeated: {after}")
        elif after < before:
            faults.append(f"out of order: {after} after {before}")
    return faults


def position(place: str) -> int:
    """Where a place is in its epoch."""
    return int(place.rpartition(":")[2])
