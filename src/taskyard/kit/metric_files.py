"""Counting in several processes behind one port: each keeps its numbers in files of one folder, a scrape adds them up.

A process started again takes the place of the one that died and counts on in its files, so that no
counter ever goes backwards. See docs/decisions/0020-metrics.md.
"""

import os
import shutil
from collections.abc import MutableMapping
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the client library's own name
PLACE_VARIABLE = "PROMETHEUS_MULTIPROC_PLACE"


def empty_folder(home: Path) -> Path:
    """Forget the numbers of an earlier start; gives the folder for those of this one."""
    folder = home / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def place_in(folder: Path, place: int) -> dict[str, str]:
    """What a child process is told so that it counts there."""
    return {FOLDER_VARIABLE: str(folder), PLACE_VARIABLE: str(place)}


def count_in_files(environ: MutableMapping[str, str] = os.environ) -> Path | None:
    """Make every number created from now on one of a file, when the parent said so; gives the folder.

    Gauges of a predecessor that died are forgotten, its counters are continued.
    """
    place = environ.get(PLACE_VARIABLE)
    if place is None:
        environ.pop(FOLDER_VARIABLE, None)
        return None
    from prometheus_client import values  # noqa: PLC0415 - a parent that only supervises needs none of it

    folder = Path(environ[FOLDER_VARIABLE])
    for file in folder.glob(f"gauge_live*_{place}.db"):
        file.unlink()
    values.ValueClass = values.MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call] # no types there
    return folder
