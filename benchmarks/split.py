"""Measures what a read costs more where the gateway and the service are two processes; ``make bench-split`` calls it.

Both shapes work on the same database in turns, and only processor time is compared: that of the one process, and that
of the gateway and the task service together. It ends with 1 where the difference is above the bar.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks import stand, workload
from benchmarks.measure import Load, measure
from benchmarks.stand import Server

MOST_US = 300.0
TASKS = 1_000
MEASURED = ("serve gateway", "serve task")


class Pair(Server, frozen=True):
    """The gateway and the task service below one parent."""

    def cpu_seconds(self) -> float:
        """User and system time of both so far."""
        spent = 0.0
        for child in psutil.Process(self.pid).children():
            if any(command in " ".join(child.cmdline()) for command in MEASURED):
                times = child.cpu_times()
                spent += times.user + times.system
        return spent


async def run(options: argparse.Namespace, home: Path) -> float:
    """How many microseconds a read costs more."""
    async with stand.stores(home / "home") as beside:
        folder = home / "load"
        folder.mkdir()
        with ExitStack() as running:
            one = running.enter_context(stand.taskyard(beside))
            parent = running.enter_context(stand.split(beside))
            pair = Pair("split", parent.url, parent.pid)
            await workload.fill(one, folder, TASKS)
            await stand.analyse(beside)
            await workload.until_ready(pair)
            found = [await _measure_both(one, pair, folder, options.seconds) for _ in range(options.rounds + 1)]
    alone, together = (statistics.median(cost[shape] for cost in found[1:]) for shape in (0, 1))
    _say(f"median: one process {alone:.0f} us, gateway and task service {together:.0f} us, {together - alone:+.0f} us")
    return together - alone


async def _measure_both(one: Server, pair: Pair, folder: Path, seconds: float) -> tuple[float, float]:
    load = Load("get", 16, seconds)
    costs = [
        (await measure(server, load, folder=folder, token=await workload.sign_in(server))).cpu_us
        for server in (one, pair)
    ]
    _say(f"one process {costs[0]:4.0f} us a read, gateway and task service {costs[1]:4.0f} us")
    return costs[0], costs[1]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; the exit code is 1 where a read costs too much more."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.split", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each shape, after one to warm up (default: 5)")
    parser.add_argument("--seconds", type=float, default=3, help="length of a turn (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskyard-benchmark-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        return int(asyncio.run(run(options, Path(folder))) > MOST_US)


if __name__ == "__main__":
    sys.exit(main())
