"""One measurement: wrk sends one kind of request for some seconds; the processes' accounts say what it cost."""

from pathlib import Path

import msgspec

from benchmarks import stand, workload
from benchmarks.stand import Server

LOADS = Path(__file__).resolve().parent / "load"


class Load(msgspec.Struct, frozen=True):
    """One kind of request, over how many connections, for how many seconds."""

    name: str
    connections: int
    seconds: float


class Figures(msgspec.Struct, frozen=True):
    """What wrk reports."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float


class Run(msgspec.Struct, frozen=True):
    """One run of one kind of request against one server."""

    server: str
    load: str
    connections: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """User and system time of the server per request, in microseconds."""
    database_cpu_us: float
    failed: int


async def measure(server: Server, load: Load, *, folder: Path, token: str) -> Run:
    """Let a server work. Raises RuntimeError when more than 1 in 1,000 failed."""
    before, database_before = server.cpu_seconds(), stand.cpu_of_database()
    output = await stand.run_pinned(
        [
            *("wrk", "--threads", "1", "--connections", str(load.connections), "--duration", f"{load.seconds:g}s"),
            *("--timeout", "10s", "--script", str(LOADS / f"{load.name}.lua"), server.url),
        ],
        {
            "LOAD_COMMON": str(LOADS / "common.lua"),
            "LOAD_FOLDER": str(folder),
            "LOAD_TOKEN": token,
            "LOAD_PASSWORD": workload.PASSWORD,
        },
    )
    spent, database_spent = server.cpu_seconds() - before, stand.cpu_of_database() - database_before
    figures = msgspec.json.decode(output.rstrip().splitlines()[-1], type=Figures)
    if figures.failed * 1000 > figures.requests or not figures.requests:
        raise RuntimeError(f"{figures.failed} of {figures.requests} requests failed: {load.name} at {server.name}")
    return Run(
        server=server.name,
        load=load.name,
        connections=load.connections,
        per_second=figures.requests / figures.seconds,
        p50_ms=figures.p50_ms,
        p99_ms=figures.p99_ms,
        cpu_us=spent / figures.requests * 1e6,
        database_cpu_us=database_spent / figures.requests * 1e6,
        failed=figures.failed,
    )
