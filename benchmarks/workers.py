"""Measures what a second worker brings and costs; ``make bench-workers`` calls it.

One process and two work on the same database in turns. It ends with 1 where a request costs over a tenth more of the
processor, or where two answer less than 1.8 times as many requests that need no database. The latter is judged only
where there is a third core: on two, the load takes from the second worker what it needs itself.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks import stand, workload
from benchmarks.measure import Load, Run, measure
from benchmarks.stand import Server

TASKS = 1_000
CONNECTIONS = 32
LEAST_TIMES, MOST_COST = 1.8, 1.1
HAS_ROOM = (os.cpu_count() or 1) > 2
LOADS = {"options": "without the database", "get": "get one"}


class Workers(Server, frozen=True):
    """Equal processes below one parent, each on a core of its own."""

    def cpu_seconds(self) -> float:
        """User and system time of all of them so far."""
        times = [child.cpu_times() for child in psutil.Process(self.pid).children()]
        return sum(one.user + one.system for one in times)

    def spread(self) -> None:
        """Give each of them a core."""
        for core, child in enumerate(psutil.Process(self.pid).children()):
            stand.pin(child.pid, core)


async def run(options: argparse.Namespace, home: Path) -> bool:
    """Whether two workers are as good as they have to be."""
    async with stand.stores(home / "home") as beside:
        folder = home / "load"
        folder.mkdir()
        with ExitStack() as running:
            one = running.enter_context(stand.taskyard(beside))
            parent = running.enter_context(stand.several(beside, 2))
            two = Workers("two workers", parent.url, parent.pid)
            two.spread()
            await workload.fill(one, folder, TASKS)
            await workload.until_ready(two)
            await stand.analyse(beside)
            return all([await _compare(load, one, two, folder, options) for load in LOADS])


async def _compare(load: str, one: Server, two: Server, folder: Path, options: argparse.Namespace) -> bool:
    async def ask(server: Server) -> Run:
        token = await workload.sign_in(server)
        return await measure(server, Load(load, CONNECTIONS, options.seconds), folder=folder, token=token)

    pairs = [(await ask(one), await ask(two)) for _ in range(options.rounds + 1)][1:]
    times = statistics.median(both.per_second / alone.per_second for alone, both in pairs)
    cost = statistics.median(both.cpu_us / alone.cpu_us for alone, both in pairs)
    alone, both = (statistics.median(pair[n].per_second for pair in pairs) for n in (0, 1))
    sys.stdout.write(
        f"{LOADS[load]:22} one worker {alone:6,.0f}/s, two {both:6,.0f}/s: {times:.2f} times, "
        f"a request costs {cost:.2f} times as much\n"
    )
    return cost <= MOST_COST and (times >= LEAST_TIMES or load != "options" or not HAS_ROOM)


def main() -> int:
    """Run it; the exit code is 1 where a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each, after one to warm up (default: 5)")
    parser.add_argument("--seconds", type=float, default=3, help="length of a turn (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskyard-benchmark-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        return int(not asyncio.run(run(options, Path(folder))))


if __name__ == "__main__":
    sys.exit(main())
