"""Measures whether memory stays as it is over very many requests; ``make bench-endurance`` calls it.

Reads, lists, changes and new tasks take turns. It ends with 1 where the process has over a twentieth more memory in the
end than after the first tenth of the requests, by when everything that is kept has been met.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import stand, workload
from benchmarks.measure import Load, measure
from benchmarks.stand import Server

TASKS = 5_000
CONNECTIONS = 16
TURN_SECONDS = {"get": 8.0, "list": 4.0, "patch": 2.0, "create": 1.0}
"""How long each kind of request is sent before the next."""
MOST = 1.05
AT_EACH_END = 3
"""How many samples are one figure: their median."""


async def run(requests: int, home: Path) -> float:
    """How many times as much memory there is in the end."""
    async with stand.stores(home / "home") as beside:
        folder = home / "load"
        folder.mkdir()
        with stand.taskyard(beside) as server:
            await workload.fill(server, folder, TASKS)
            await stand.analyse(beside)
            samples = await _ask(server, folder, requests)
    warm = [memory for answered, memory in samples if answered >= requests / 10]
    first, last = statistics.median(warm[:AT_EACH_END]), statistics.median(warm[-AT_EACH_END:])
    _say(f"after {samples[-1][0]:,} requests {last:.1f} MB, {first:.1f} MB after a tenth of them")
    return last / first


async def _ask(server: Server, folder: Path, requests: int) -> list[tuple[int, float]]:
    """Requests answered so far, and megabytes then, after each turn of all kinds."""
    answered, samples = 0, list[tuple[int, float]]()
    while answered < requests:
        for name, seconds in TURN_SECONDS.items():
            token = await workload.sign_in(server)
            found = await measure(server, Load(name, CONNECTIONS, seconds), folder=folder, token=token)
            answered += round(found.per_second * seconds)
        samples.append((answered, server.memory_megabytes()))
        _say(f"{answered:9,} requests, {samples[-1][1]:.1f} MB")
    return samples


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; the exit code is 1 where memory grows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--requests", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskyard-benchmark-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        ratio = asyncio.run(run(options.requests, Path(folder)))
    _say(f"{ratio:.3f} times, at most {MOST}")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
