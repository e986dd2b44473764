"""``python -m benchmarks``: measure everything, print it, and write benchmarks/results and benchmarks/REPORT.md."""

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import stand, workload
from benchmarks.measure import Run, measure
from benchmarks.stand import Server

LOADS = ("get", "list", "create", "create_once", "patch")


async def main() -> None:
    options = _options()
    if shutil.which("wrk") is None:
        sys.exit("benchmarks: wrk is not installed (scripts/install_tools.sh wrk)")
    with tempfile.TemporaryDirectory(prefix="taskyard-benchmark-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        async with stand.stores(home / "home") as beside:
            with stand.taskyard(beside) as product:
                print(f"loading {options.tasks} tasks ...", flush=True)
                await workload.fill(product, home / "load", options.tasks)
                with stand.floor(beside) as floor:
                    for load in options.loads or LOADS:
                        for connections in (1, 16):
                            await compare(product, floor, load, connections, options, home / "load")


async def compare(product: Server, floor: Server, load: str, connections: int, options, folder: Path) -> None:
    token = await workload.sign_in(product)
    pairs = []
    floor_load = "create" if load == "create_once" else load
    for _ in range(options.rounds):
        a = await measure(floor, floor_load, connections, seconds=options.seconds, folder=folder, token=token)
        b = await measure(product, load, connections, seconds=options.seconds, folder=folder, token=token)
        pairs.append((a, b))
    med = lambda f: statistics.median(map(f, pairs))
    print(
        f"{load:12} c={connections:<3} floor {med(lambda p: p[0].per_second):7.0f}/s {med(lambda p: p[0].cpu_us):5.0f}us db {med(lambda p: p[0].database_cpu_us):5.0f}  "
        f"taskyard {med(lambda p: p[1].per_second):7.0f}/s {med(lambda p: p[1].cpu_us):5.0f}us db {med(lambda p: p[1].database_cpu_us):5.0f} p50 {med(lambda p: p[1].p50_ms):.2f} p99 {med(lambda p: p[1].p99_ms):.2f} "
        f"ratio {med(lambda p: p[1].per_second / p[0].per_second):.2f} cpu ratio {med(lambda p: p[0].cpu_us / p[1].cpu_us):.2f}",
        flush=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("loads", nargs="*")
    return parser.parse_args()


asyncio.run(main())
