"""Names of the write-ahead log: segments of 16 MiB in their order, and the histories (timelines) a database had.

A restore begins a new history from an older one. A segment is named by its history and its number.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import count

SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
ANY_FILE = re.compile(r"[0-9A-F]{24}(?:\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history")
PER_FOLDER = 256
SEGMENT_BYTES = 16 * 1024 * 1024


def number_of(name: str) -> int:
    """Say which segment it is, counted over all histories."""
    return int(name[8:16], 16) * PER_FOLDER + int(name[16:24], 16)


def history_of(name: str) -> int:
    """Say in which history a segment was written."""
    return int(name[:8], 16)


def segment_name(history: int, number: int) -> str:
    """Name a segment."""
    return f"{history:08X}{number // PER_FOLDER:08X}{number % PER_FOLDER:08X}"


def segment_of(history: int, position: str) -> str:
    """Name the segment that holds a position such as 0/3000028."""
    high, _, low = position.partition("/")
    return segment_name(history, (int(high, 16) << 32 | int(low, 16)) // SEGMENT_BYTES)


def run_from(first: str, names: Iterable[str], newest: int | None = None) -> list[str]:
    """The segments that follow one another from the first without a hole, each of the newest history it is in.

    ``newest`` leaves later histories out. A history that was left for a newer one is not taken up again.
    """
    histories: dict[int, set[int]] = {}
    for name in names:
        if SEGMENT.fullmatch(name) and (newest is None or history_of(name) <= newest):
            histories.setdefault(number_of(name), set()).add(history_of(name))
    run: list[str] = []
    history = history_of(first)
    for number in count(number_of(first)):
        known = [other for other in histories.get(number, ()) if other >= history]
        if not known:
            return run
        history = max(known)
        run.append(segment_name(history, number))
    raise AssertionError("numbers never end")


def is_in_line(history: int, last: str, names: Iterable[str], newest: int | None = None) -> bool:
    """Say whether later histories began after a backup of this one, so that it leads to them."""
    begun: dict[int, int] = {}
    for name in names:
        if SEGMENT.fullmatch(name):
            begun[history_of(name)] = min(number_of(name), begun.get(history_of(name), number_of(name)))
    later = [number for other, number in begun.items() if history < other <= (newest or other)]
    return all(number >= number_of(last) for number in later)


def segments_of(history: int, names: Iterable[str]) -> list[str]:
    """The segments that were written in one history."""
    return [name for name in names if SEGMENT.fullmatch(name) and history_of(name) == history]


def is_needed(name: str, history: int, first: str) -> bool:
    """Say whether a backup that begins in a history with a segment may ever need the content of a file."""
    if HISTORY.fullmatch(name):
        return history_of(name) > history
    return history_of(name) >= history and number_of(name) >= number_of(first)


def newest_history(names: Iterable[str]) -> int:
    """The latest history that a set of file names knows of; 1 when it knows none."""
    return max((history_of(name) for name in names if SEGMENT.fullmatch(name) or HISTORY.fullmatch(name)), default=1)


def last_moment(run: list[str], moments: Mapping[str, float]) -> float:
    """Until when a run of segments reaches, as a Unix time."""
    return max(moments[name] for name in run)
